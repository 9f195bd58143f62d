import { spawnSync } from "node:child_process";
import * as assert from "uvu/assert";
import { leaks } from "./leaks.ts";
import type { Result } from "./rig.ts";
import type { Declared, Site } from "./site.ts";

/** Something of every kind that a start makes; its sources are `site` and a volume. */
export const everything = {
  hostname: "one",
  domainname: "example.org",
  sysctls: { "net.ipv4.ip_forward": 1, "kernel.sem": "250 32000 100 64" },
  mounts: {
    "/srv": "./site:ro",
    "/data": "data",
    "/cache": { type: "tmpfs", size: "1M" },
    "/with space": { type: "tmpfs", size: "1M" },
    "/over": { type: "overlay", source: "./site" },
  },
  resources: { limits: { memory: "64M", pids: 100 } },
  security: { masked_paths: ["/proc/keys", "/proc/timer_list"] },
  environment: { GREETING: "hello" },
  command: ["sh", "-c", 'echo "$$GREETING"; exec sleep 1000'],
} as const satisfies Declared;

/** What `plan --script` prints, in a file; shellcheck has nothing to say of it. */
export async function scriptOf({ rig }: Site, flags: readonly string[] = []): Promise<string> {
  const { stdout, stderr } = await rig.expect(0, "plan", "--script", ...flags);
  assert.is(stderr, "");
  const path = rig.write("script", stdout);
  const { status, stdout: said } = spawnSync("shellcheck", ["-s", "sh", path], { encoding: "utf8" });
  assert.is(said, "");
  assert.is(status, 0);
  return path;
}

/** Plans, and runs the script. Other tests give ids away at the same time: then it is planned again, as it says. */
export async function scripted(site: Site, { shell = ["sh"], flags = [] }: Running = {}): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const path = await scriptOf(site, flags);
    const result = await run(site, [...shell, path]);
    if (attempt < 10 && /the ids from \d+ on are .*: plan again/.test(result.stderr)) continue;
    assert.is(result.stderr, "");
    assert.is(result.stdout, "");
    assert.is(result.code, 0);
    return result;
  }
}

/** By which shell, and with which flags of `plan`. */
interface Running {
  readonly shell?: readonly string[];
  readonly flags?: readonly string[];
}

/** Runs a command with nothing but the rig's own variables. */
export function run({ rig }: Site, [name = "", ...words]: readonly string[]): Promise<Result> {
  return rig.start([name, ...words], {});
}

/** What is left on the machine. */
export function left({ rig }: Site): readonly string[] {
  return leaks({ project: rig.project, directories: [rig.dataDir, rig.stateDir], mustBeEmpty: [rig.stateDir, `${rig.dataDir}/uppers`] });
}
