import { spawnSync } from "node:child_process";
import { readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseHierarchies } from "../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../src/kernel/mountinfo.ts";
import type { Result } from "../support/rig.ts";
import type { Declared, Site } from "../support/site.ts";
import { processesOf, startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Trial } from "./trial.ts";

/** Records that are of before the machine was booted. */
export const reboots: readonly Trial[] = [
  { id: "R05", what: "the machine is booted anew, /run lost or kept: made again with its data; what had ended is run again", run: booted },
  { id: "R05", what: "records of another boot beside what runs: not believed, nothing restarts, nothing is killed", run: otherBoot },
];

const [, everything] = subjects;
const declared: Readonly<Record<string, Declared>> = {
  ...everything?.first,
  // Its end is written down in the run directory.
  job: { overlay: "ephemeral", command: ["sh", "-c", "exit 3"] },
};

/** Runs a command where the kernel gives another boot id. */
function onOtherBoot({ rig }: Site, command: readonly string[]): Promise<Result> {
  const id = rig.write("boot-id", "00000000-1111-4222-8333-444444444444\n");
  const script = 'mount --bind "$1" /proc/sys/kernel/random/boot_id; shift; exec "$@"';
  return rig.start(["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", id, ...command], {});
}

async function expectOnOtherBoot(site: Site, ...verb: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await onOtherBoot(site, site.rig.command(...verb));
  if (code !== 0) throw new Error(`${verb.join(" ")}: ${code}\n${stdout}\n${stderr}`);
  return stdout;
}

async function booted(): Promise<number> {
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    for (const lost of [[], ["run", "locks"]]) {
      await site.rig.expect(0, "apply", "--yes");
      await until("the job's end", async () => (await site.status("job")).process?.code === 3);
      await site.inside("sh", "-c", "echo kept >/data/file");
      const { identity, id } = await site.seen();
      await endAll(site);
      for (const name of lost) rmSync(join(site.rig.stateDir, name), { recursive: true, force: true });
      const story = `without ${lost.join(", ") || "anything lost"}`;
      const before: StatusDocument = JSON.parse(await expectOnOtherBoot(site, "status", "--json"));
      if (before.environments.some(({ state }) => state !== "absent")) throw new Error(`${story}: ${JSON.stringify(before)}`);
      await expectOnOtherBoot(site, "apply", "--yes");
      const again = await site.seen();
      if (again.identity === identity || again.id === id) throw new Error(`${story}: it was not made anew`);
      await until("the job's end again", async () => (await site.status("job")).process?.code === 3);
      if ((await site.inside("cat", "/data/file")) !== "kept") throw new Error(`${story}: the volume's data is gone`);
      await expectOnOtherBoot(site, "plan", "--detailed-exitcode");
    }
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    gone(site, "booted anew");
  });
  return 2;
}

interface StatusDocument {
  readonly environments: readonly { readonly name: string; readonly state: string; readonly conditions: readonly unknown[] }[];
}

/** As a boot does it: no process of theirs is left, and none of their control groups. */
async function endAll(site: Site): Promise<void> {
  for (const pid of processesOf(site.rig)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // With its keeper, which came before it.
    }
  }
  // Whoever waited for them outside ends with them, when it has written down how.
  await until("the end of all", () => !site.left().some((line) => line.startsWith("process ")));
  for (const { mountPoint } of parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")))) {
    const { stdout } = spawnSync("find", [`${mountPoint}/cloister/${site.rig.project}`, "-depth", "-type", "d"], { encoding: "utf8" });
    for (const group of stdout.split("\n").filter((path) => path !== "")) rmdirSync(group);
  }
}

async function otherBoot(): Promise<number> {
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    await site.apply();
    const { identity, pid } = await site.seen();
    const script = site.rig.write("change.sh", "");
    site.declare({ ...declared, web: { ...declared.web, hostname: "two" } });
    writeFileSync(script, (await site.rig.expect(0, "plan", "--script")).stdout);
    site.declare(declared);
    // A watch that was ended by the power: what it told still lies there, with a pid that is somebody else's by now.
    await withWatch(site, [], async ({ signal, ended }) => {
      signal("SIGKILL");
      await ended;
    });
    const told = join(site.rig.stateDir, "run", site.rig.project, "conditions.json");
    const claim = { pid: process.pid, start: startOf(process.pid) };
    const lie = {
      condition: "Degraded",
      environment: "web",
      status: true,
      reason: "Lie",
      message: "a lie",
      since: "2020-01-01T00:00:00.000Z",
    };
    writeFileSync(told, JSON.stringify({ ...JSON.parse(readFileSync(told, "utf8")), ...claim, conditions: [lie] }));
    const shown = async (here: (command: readonly [string, ...string[]]) => Promise<Result>) => {
      const { environments }: StatusDocument = JSON.parse((await here(site.rig.command("status", "--json"))).stdout);
      return JSON.stringify(environments.find(({ name }) => name === "web"));
    };
    // The control: of this boot it would be believed.
    if (!(await shown((command) => site.rig.start(command, {}))).includes("a lie"))
      throw new Error("what a living process told is not shown");
    const seen = await shown((command) => onOtherBoot(site, command));
    if (seen.includes("a lie") || !seen.includes(`"pid":${pid}`)) throw new Error(`told before the boot, and believed: ${seen}`);
    const refused = await onOtherBoot(site, ["sh", script]);
    if (refused.code === 0 || !/started anew/.test(refused.stdout + refused.stderr))
      throw new Error(`a script of before: ${refused.stderr}`);
    await expectOnOtherBoot(site, "apply", "--yes");
    await stands(site, { web: declared.web ?? {} });
    if ((await site.seen()).identity !== identity) throw new Error("it was made anew");
    await expectOnOtherBoot(site, "destroy", "--yes", "--volumes");
    gone(site, "another boot's records");
  });
  return 2;
}
