import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { readPids, readProc } from "../../src/host/proc-reader.ts";
import { toolList } from "../../src/host/tool-list.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Trial } from "./trial.ts";

/** Tools of the host that do nothing, not even end. */
export const hanging: readonly Trial[] = [
  { id: "R14", what: "a tool never answers: told within the time that it has, and ended; the next run goes on", run: hangingTools },
  { id: "R14", what: "rm never ends in a destroy: Ctrl-C twice ends it, the next run goes on", run: hangingRemoval },
];

const [, everything] = subjects;
const declared = everything?.first ?? {};

/** All that have little to do. Without sh the command line itself does not start; a reaper does nothing but wait, whatever it is; rm may have much to do. */
const tools = toolList.filter(({ name, neededFor }) => neededFor === "always" && !["sh", "catatonit", "rm"].includes(name));

/** An apply locks by its shim, which perl runs before Node is there: as without sh, nothing starts without it. */
const ofWatch = ["flock", "perl"];

/** A command line in a mount namespace of its own, where a tool is one that waits for ever. `knows`: the options that its file has the names of. */
function withHanging(
  { rig }: Site,
  { name, knows, verb }: { readonly name: string; readonly knows: readonly string[]; readonly verb: readonly string[] },
): readonly [string, ...string[]] {
  const fifo = `${rig.directory}/fifo`;
  if (spawnSync("mkfifo", [fifo]).status !== 0) throw new Error(`${fifo} could not be made`);
  const stub = rig.write(`stub/${name}`, `#!/bin/busybox sh\n# ${knows.join(" ")}\nread -r never <${fifo}\n`);
  chmodSync(stub, 0o755);
  const script =
    'for d in /usr/sbin /usr/bin /sbin /bin; do [ ! -e "$d/$1" ] || /bin/busybox mount --bind "$2" "$d/$1"; done; shift 2; exec "$@"';
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", name, stub, ...rig.command(...verb)];
}

/** All at the same time: nearly all of it is waiting. */
async function hangingTools(): Promise<number> {
  const cases = [...tools.map(({ name, options }) => ({ name, knows: options })), { name: "unshare", knows: [] }];
  await Promise.all(
    cases.map(({ name, knows }) =>
      withSite(async (site) => {
        furnish(site);
        site.declare(declared);
        const verb = ofWatch.includes(name) ? ["watch", "--once", "--yes"] : ["apply", "--yes"];
        const { code, stdout, stderr } = await site.rig.start(withHanging(site, { name, knows, verb }), {});
        // That the reaper does not come is found by who waits for it.
        const why =
          name === "setpriv"
            ? /become the reaper within 5 s: setpriv /
            : new RegExp(`error host/tool-hangs: .*\\b${name} has not answered`);
        if (code !== 1 || !why.test(stdout + stderr)) throw new Error(`${name}: ${code}\n${stdout}\n${stderr}`);
        await site.rig.expect(0, "destroy", "--yes", "--volumes");
        // Those that were killed with it are waited for by the machine's init, in its own time.
        await until("the end of all", () => site.left().length === 0, 20_000).catch(() => gone(site, `${name} hung`));
        await site.rig.expect(0, "apply", "--yes");
        await stands(site, declared);
        await site.rig.expect(0, "destroy", "--yes", "--volumes");
        gone(site, `after ${name} hung`);
      }),
    ),
  );
  return cases.length;
}

async function hangingRemoval(): Promise<number> {
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    await site.apply();
    const [program, ...args] = withHanging(site, { name: "rm", knows: [], verb: ["destroy", "--yes", "--volumes", "--progress", "plain"] });
    const child = spawn(program, args, { cwd: site.rig.directory, env: { ...site.rig.env }, stdio: ["ignore", "pipe", "ignore"] });
    const ended = once(child, "close");
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await until("rm hangs", () => removes(site), 20_000);
    child.kill("SIGINT");
    await until("it is told", () => /interrupted/.test(output));
    child.kill("SIGINT");
    const [code] = await ended;
    if (code !== 130) throw new Error(`it ended with ${code}\n${output}`);
    await until("rm is ended", () => !removes(site));
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "rm hung");
  });
  return 1;
}

/** Whether something removes a tree of the site's. */
function removes({ rig }: Site): boolean {
  const tree = new RegExp(`\0--one-file-system\0--\0(${rig.dataDir}|${rig.stateDir})/`);
  return readPids().some((pid) => tree.test(readProc(`/proc/${pid}/cmdline`)));
}
