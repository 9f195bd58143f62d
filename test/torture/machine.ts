import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { toolList } from "../../src/host/tool-list.ts";
import { parseHierarchies } from "../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../src/kernel/mountinfo.ts";
import type { Result } from "../support/rig.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { furnish, gone, stands, subjects } from "./subjects.ts";
import type { Effort, Trial } from "./trial.ts";

/** The machine lacks something. */
export const machine: readonly Trial[] = [
  { id: "R14", what: "a tool is missing: told with its package before anything is made", run: withoutTools },
  { id: "R15", what: "control groups v2 only, v1 only, or none", run: otherGroups },
  { id: "R16", what: "/run is read-only: told before anything is made", run: readOnlyRun },
  { id: "R17", what: "no more files may be open", run: fewFiles },
  { id: "R17", what: "no more processes may be started", run: fewProcesses },
];

const [, everything] = subjects;
const declared = everything?.first ?? {};

/** An apply in a mount namespace of its own, after a script (constant text, arguments apart) has changed something there. */
function applyAfter({ rig }: Site, script: string, args: readonly string[] = []): Promise<Result> {
  const command = rig.command("apply", "--yes", "--progress", "plain");
  const text = `n=$1; shift; ${script}; while [ "$n" -gt 0 ]; do shift; n=$((n - 1)); done; exec "$@"`;
  return rig.start(
    ["unshare", "--mount", "--propagation", "private", "sh", "-c", text, "sh", String(args.length), ...args, ...command],
    {},
  );
}

/** Nothing was begun, and it is said why. */
function refused(site: Site, { code, stdout, stderr }: Result, { story, why }: { readonly story: string; readonly why: RegExp }): void {
  if ((code !== 6 && code !== 1) || /steps done/.test(stdout) || !why.test(stdout + stderr))
    throw new Error(`${story}: ${code}\n${stdout}\n${stderr}`);
  gone(site, story);
}

async function withoutTools({ share, random }: Effort): Promise<number> {
  const all = toolList.filter(({ neededFor }) => neededFor === "always").map(({ name }) => name);
  const chosen = share === "whole" ? all : [all[random.below(all.length)] ?? "perl", "flock", "perl"];
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    for (const name of chosen) {
      // The shell has what it needs in it by then.
      const hide = 'for d in /usr/sbin /usr/bin /sbin /bin; do [ ! -e "$d/$1" ] || /bin/busybox mount --bind /dev/null "$d/$1"; done';
      const result = name === "sh" ? null : await applyAfter(site, hide, [name]);
      if (result !== null) {
        const why = new RegExp(`error host/missing-tool: ${name} is not installed[^]*apt-get install `);
        refused(site, result, { story: `without ${name}`, why });
      }
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
    }
  });
  return chosen.length;
}

async function otherGroups(): Promise<number> {
  const hierarchies = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")));
  const points = (wanted: readonly number[]) =>
    hierarchies.filter(({ version }) => wanted.includes(version)).map(({ mountPoint }) => mountPoint);
  const unmount = 'i=0; for p in "$@"; do [ "$i" -lt "$n" ] || break; umount -l "$p"; i=$((i + 1)); done';
  await withSite(async (site) => {
    furnish(site);
    // Without them no limit holds, which a manifest that asks for some is told.
    site.declare({ web: { overlay: "ephemeral", command: ["sleep", "1000"] } });
    for (const without of [points([1]), points([2]), points([1, 2])]) {
      const result = await applyAfter(site, unmount, without);
      const story = `without ${without.join(" ")}`;
      if (result.code !== 0) refused(site, result, { story, why: /^error host\/no-cgroups: /m });
      else await site.rig.expect(0, "destroy", "--yes", "--volumes");
      gone(site, story);
    }
  });
  return 3;
}

async function readOnlyRun(): Promise<number> {
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    // With what a run that was killed has left in there, which nobody can take away either.
    const left = "mkdir -p /run/cloister/.stores; : >/run/cloister/.stores/store-4194304-1";
    const result = await applyAfter(site, `${left}; mount --bind /run /run; mount -o remount,bind,ro /run`);
    refused(site, result, { story: "/run read-only", why: /^error host\/read-only: \/run\/cloister/m });
  });
  return 1;
}

async function fewFiles({ share }: Effort): Promise<number> {
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    for (let files = 12; files <= 40; files += share === "whole" ? 1 : 5) {
      const result = await site.rig.start(
        ["sh", "-c", 'ulimit -n "$1"; shift; exec "$@"', "sh", String(files), ...site.rig.command("apply", "--yes")],
        {},
      );
      await mended(site, result, `${files} files`);
      count += 1;
    }
  });
  return count;
}

/** Node starts with its own ten threads and the shell before it; where it gets a few less (13 in all) it waits for one for ever, before a line of ours runs. */
const fewest = 15;

async function fewProcesses({ share }: Effort): Promise<number> {
  const hierarchies = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")));
  const hierarchy = hierarchies.find(({ controllers, version }) => version === 1 && controllers.includes("pids")) ?? hierarchies[0];
  let count = 0;
  await withSite(async (site) => {
    furnish(site);
    site.declare(declared);
    const group = `${hierarchy?.mountPoint ?? ""}/${site.rig.project}-few`;
    mkdirSync(group);
    try {
      for (let processes = fewest; processes <= 30; processes += share === "whole" ? 1 : 4) {
        writeFileSync(`${group}/pids.max`, String(processes));
        const script = 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"';
        const result = await site.rig.start(["sh", "-c", script, "sh", group, ...site.rig.command("apply", "--yes")], {});
        await mended(site, result, `${processes} processes`);
        count += 1;
      }
      await until("the group is empty", () => readFileSync(`${group}/cgroup.procs`, "utf8") === "");
    } finally {
      // Where something failed what it left may be in it still: that it cannot go is not what is to be told.
      await site.rig.run(["destroy", "--yes", "--volumes"], {});
      rmdirSync(group);
    }
    if (existsSync(group)) throw new Error(`${group} is still there`);
  });
  return count;
}

/** It told an error of the machine's, or came through; the next one finishes it. */
async function mended(site: Site, { code, stdout, stderr }: Result, story: string): Promise<void> {
  // Node itself, or the shell before it, could not start.
  const own = code !== 0 && code < 126 && !/^Node\.js v/m.test(stderr);
  if (own && (code !== 1 || !/^error [a-z]+\/[a-z-]+: ./m.test(stdout + stderr)))
    throw new Error(`${story}: ${code}\n${stdout}\n${stderr}`);
  await site.rig.expect(0, "apply", "--yes");
  await stands(site, declared);
  await site.rig.expect(0, "destroy", "--yes", "--volumes");
  gone(site, story);
}
