import * as fs from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CgroupHierarchy } from "../kernel/cgroup.ts";
import { parseCgroupPaths, parseHierarchies } from "../kernel/cgroup.ts";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import { parseStat } from "../kernel/proc.ts";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { codeOf } from "../model/errno.ts";
import { readNames, readProc, readStat } from "./proc-reader.ts";
import { endProcess } from "./process-end.ts";
import { retried } from "./retried.ts";

let known: readonly CgroupHierarchy[] | null = null;

/** The hierarchies of this machine, v2 first; of v2 with the controllers that it has. Read once. */
export function hierarchies(): readonly CgroupHierarchy[] {
  known ??= parseHierarchies(parseMountinfo(readProc("/proc/self/mountinfo"))).map((hierarchy) =>
    hierarchy.version === 1
      ? hierarchy
      : {
          ...hierarchy,
          controllers: readProc(`${hierarchy.mountPoint}/cgroup.controllers`)
            .split(/\s+/)
            .filter((name) => name !== ""),
        },
  );
  return known;
}

/** The file that moves a process to the v2 group in which this one is; null where there is no v2 hierarchy. */
export function ownGroupFile(): string | null {
  const own = parseCgroupPaths(readProc("/proc/self/cgroup")).get("");
  const unified = hierarchies().find(({ version }) => version === 2);
  return own === undefined || unified === undefined ? null : `${unified.mountPoint}${own}/cgroup.procs`;
}

/** Makes control groups with their missing parents; each is made ready to take processes. */
export function makeGroups(paths: readonly string[]): void {
  for (const path of paths) {
    const hierarchy = hierarchies().find(({ mountPoint }) => path.startsWith(`${mountPoint}/`));
    if (hierarchy === undefined) throw new Error(`${path} is in no cgroup hierarchy`);
    retried(() => makeGroup(path, hierarchy));
  }
}

function makeGroup(path: string, hierarchy: CgroupHierarchy): void {
  if (path === hierarchy.mountPoint) return;
  const parent = dirname(path);
  if (!fs.existsSync(path)) {
    makeGroup(parent, hierarchy);
    // v2: a parent hands its controllers down before the child exists; only those that it has itself.
    if (hierarchy.version === 2 && hierarchy.controllers.length > 0) handDown(parent, hierarchy.controllers);
    makeOrFind(path);
  }
  // v1: a group without processors and memory nodes takes no process; who made it may not have come so far.
  if (hierarchy.version === 1 && hierarchy.controllers.includes("cpuset")) {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (readProc(`${path}/${file}`).trim() === "") fs.writeFileSync(`${path}/${file}`, readProc(`${parent}/${file}`));
    }
  }
}

/** Makes a group, or finds that another command has (several `exec` at once). */
function makeOrFind(path: string): void {
  try {
    fs.mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

const limited = new Set(["cpu", "memory", "pids", "cpuset", "io"]);

function handDown(parent: string, controllers: readonly string[]): void {
  const enabled = new Set(readProc(`${parent}/cgroup.subtree_control`).trim().split(/\s+/));
  const missing = controllers.filter((name) => limited.has(name) && !enabled.has(name));
  if (missing.length > 0) fs.writeFileSync(`${parent}/cgroup.subtree_control`, missing.map((name) => `+${name}`).join(" "));
}

/** Throws `host/no-cgroups` where no hierarchy is mounted: what an environment runs could not be told from anything else. */
export function requireGroups(): void {
  if (hierarchies().length > 0) return;
  const hint = "mount -t cgroup2 none /sys/fs/cgroup";
  throw new CloisterError({ code: "host/no-cgroups", severity: "error", message: "no control groups are mounted on this machine", hint });
}

/** Where the control groups of a project are that is there, whatever is in it: one path for each hierarchy. */
export function projectGroups(project: string): readonly string[] {
  return hierarchies()
    .map(({ mountPoint }) => `${mountPoint}/cloister/${project}`)
    .filter((path) => fs.existsSync(path));
}

/** The processes of a group and its children. */
export function groupPids(path: string): readonly number[] {
  const own = readProc(`${path}/cgroup.procs`)
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);
  return [...own, ...children(path).flatMap((child) => groupPids(child))];
}

/** Time for the last threads of processes that are not shown any more to leave a group, in ms. */
const leavingMs = 10_000;

/** Ends whatever is in a group, and removes it with its children. One that is not there is done. */
export async function removeGroup(path: string): Promise<void> {
  if (!fs.existsSync(path)) return;
  // A process that ends is no longer shown once its first thread has ended; the group is in use until its last one has.
  for (const until = monotonicMs() + leavingMs; ; await delay(1)) {
    await killAll(path);
    for (const child of children(path)) await removeGroup(child);
    if (removed(path, monotonicMs() < until)) break;
  }
  // The project's directory goes with its last environment, ours with the last project.
  for (const parent of [dirname(path), dirname(dirname(path))]) if (/\/cloister(\/[^/]+)?$/.test(parent)) removeIfEmpty(parent);
}

async function killAll(path: string): Promise<void> {
  for (let pids = groupPids(path); pids.length > 0; pids = groupPids(path)) {
    for (const pid of pids) {
      const stat = parseStat(readProc(`/proc/${pid}/stat`));
      // 0: a process of a pid namespace that ours cannot see.
      if (stat !== null && pid !== 0) await endProcess({ pid, start: stat.start, signal: "SIGKILL", graceMs: 0 });
    }
  }
}

function children(path: string): readonly string[] {
  // A directory of cgroupfs has a link for itself, one in its parent, and one from each child; most groups have none, and twenty files.
  const links = readStat(path)?.nlink ?? 2;
  if (links === 2) return [];
  return readNames(path)
    .map((name) => `${path}/${name}`)
    .filter((child) => readStat(child)?.isDirectory() === true);
}

/** Removes a group. `mayBeUsed`: one that is in use is told, not thrown. */
function removed(path: string, mayBeUsed: boolean): boolean {
  try {
    fs.rmdirSync(path);
  } catch (error) {
    // Another command has removed it.
    if (codeOf(error) === "ENOENT") return true;
    if (!(mayBeUsed && codeOf(error) === "EBUSY")) throw error;
    return false;
  }
  return true;
}

// Another environment, or another run, has something in it: then it stays.
function removeIfEmpty(path: string): void {
  try {
    fs.rmdirSync(path);
  } catch {
    return;
  }
}
