import { chmodSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { needs } from "./needs.ts";
import type { Result } from "./rig.ts";
import type { Site } from "./site.ts";
import { withSite } from "./site.ts";
import type { Terminal } from "./terminal.ts";
import { startTerminal } from "./terminal.ts";
import { until } from "./until.ts";

/** A PATH whose `node` only says that it was started: who ends with another code than 99 did without it. */
export function withoutNode({ rig }: Site): string {
  const node = rig.write("bin/node", "#!/bin/sh\necho node was started\nexit 99\n");
  chmodSync(node, 0o755);
  return `${join(rig.directory, "bin")}:/usr/bin:/bin`;
}

/** An `exec` with pipes all around, as a script has it; without `--data-dir` and what else a rig adds it would be of another project. */
export function exec({ rig }: Site, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Result> {
  return rig.run(["exec", ...words], { env: { CLOISTER_CACHE: "on", ...env } });
}

/** `web` stands, its manifest has been left alone for long enough, and one `exec` was run. */
export async function noted(site: Site): Promise<(...words: readonly string[]) => Promise<Result>> {
  // What a persistent overlay wrote would bind it to its range of ids, which another run may be given when its keeper is killed.
  await site.stand({
    overlay: "ephemeral",
    environment: { COLOUR: "green" },
    security: { cap_add: ["SYS_TIME"] },
    ulimits: { nofile: 100 },
  });
  const { ctimeMs } = statSync(join(site.rig.directory, "cloister.yaml"));
  await until("the manifest is old enough", () => Date.now() - ctimeMs > 1_500);
  assert.is((await exec(site, ["web", "true"])).code, 0);
  assert.is(entriesOf(site).length, 1);
  const PATH = withoutNode(site);
  return (...words) => exec(site, words, { PATH });
}

/** Where notes lie: see src/host/entries.ts. */
export const entriesDirectory = ({ rig }: Site) => join(rig.stateDir, "run/.entries");

/** The names of the files of all that are there. */
export const entriesOf = (site: Site) => readdirSync(entriesDirectory(site));

/** The same `exec`, once as it was noted and once with what Node finds out. */
export async function bothWays(site: Site, check: (env: Readonly<Record<string, string>>) => Promise<void>): Promise<void> {
  await check({ CLOISTER_CACHE: "on", PATH: withoutNode(site) });
  site.declare({ web: { overlay: "ephemeral" } });
  await check({ CLOISTER_CACHE: "on", PATH: site.rig.env.PATH ?? "" });
}

/** An environment `web` that stands, and what starts cloister on a terminal. */
export interface Way {
  readonly site: Site;
  /** `cloister exec FLAGS web -- COMMAND...` */
  start(flags: readonly string[], ...command: readonly string[]): Terminal;
  /** Any words, by what is given before. */
  started(words: readonly string[], before?: readonly string[]): Terminal;
}

/** A test once by Node and once as it was noted, where Node cannot be started. */
export function eachWay(live: ReturnType<typeof needs>, name: string, body: (way: Way) => Promise<void>): void {
  for (const way of ["by Node", "as noted"])
    live(`${way}: ${name}`, () =>
      withSite(async (site) => {
        await (way === "by Node" ? site.stand() : noted(site));
        const env = way === "by Node" ? ["CLOISTER_CACHE=off"] : ["CLOISTER_CACHE=on", `PATH=${withoutNode(site)}`];
        const started = (words: readonly string[], before: readonly string[] = []) =>
          startTerminal(site.rig, [...before, "env", ...env, ...site.rig.command(...words)]);
        await body({ site, started, start: (flags, ...command) => started(["exec", ...flags, "web", "--", ...command]) });
      }),
    );
}
