import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hostLink, projectNetwork } from "../../src/model/network.ts";

/** What belongs to one test: the name of its project, and the directories that it works in. */
export interface Owner {
  readonly project: string;
  readonly directories: readonly string[];
  /** Where nothing may be left behind at all: state, run and lock files, temporary files. */
  readonly mustBeEmpty: readonly string[];
  /** The runs of cloister that it started: what they claimed on the machine goes with them. */
  readonly pids?: ReadonlySet<number>;
}

/** One process of a test, found by its environ, its control group or a directory that it stands in. */
export interface Leftover {
  readonly pid: number;
  readonly start: string;
  readonly why: string;
}

/**
 * Everything of a test that is still on the machine, one line each; [] is clean. Looked for are mounts in every mount namespace (nsfs binds too),
 * control groups in every hierarchy, loop devices, processes (zombies too, and whoever holds a file of it open), nft tables, claims of id ranges
 * and files. Network interfaces bear no test's name: see `lastingInterfaces`.
 */
export function leaks(owner: Owner): string[] {
  return [
    ...leftoverProcesses(owner).map(({ pid, why }) => `process ${pid}: ${why}`),
    ...leftoverMounts(owner).map((line) => `mount ${line}`),
    ...leftoverCgroups(owner.project).map((path) => `control group ${path}`),
    ...leftoverLoops(owner).map((line) => `loop device ${line}`),
    ...leftoverTables(owner.project).map((line) => `nft ${line}`),
    ...leftoverClaims(owner).map((name) => `claim of an id range ${name}`),
    ...owner.mustBeEmpty.flatMap(filesUnder).map((path) => `file ${path}`),
  ];
}

/**
 * As `leaks`, but not what goes by itself: whoever makes a mount namespace on this machine while a test has something mounted on the
 * host has a copy of that mount for as long as the namespace lives. Where nothing else is left these are awaited, up to `withinMs`.
 */
export async function lastingLeaks(owner: Owner, withinMs = 60_000): Promise<string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const left = leaks(owner);
    if (left.length === 0 || performance.now() > deadline || !left.every((line) => line.startsWith(`mount ${copyOfHost}`))) return left;
    await delay(20);
  }
}

/** How the line of a mount begins that is in a namespace with the root of the host's. */
const copyOfHost = "copy of the host's, ";

/** The processes of a test that are still there, this one excepted. */
export function leftoverProcesses(owner: Owner): Leftover[] {
  return pids().flatMap((pid) => {
    if (pid === process.pid || pid === process.ppid) return [];
    const stat = read(`/proc/${pid}/stat`);
    const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const why = belongs(pid, owner);
    return stat === "" || why === null ? [] : [{ pid, start: fields[18] ?? "", why: `${state === "Z" ? "zombie, " : ""}${why}` }];
  });
}

/** Why a process is the test's; null when it is not. A zombie has no environ any more, but still its control group. */
function belongs(pid: number, { project, directories }: Owner): string | null {
  const marks = read(`/proc/${pid}/environ`).split("\0");
  const mark = marks.find((entry) => new RegExp(`^CLOISTER_(ENVIRONMENT|PROCESS)=${project}/`).test(entry));
  if (mark !== undefined) return mark;
  const group = read(`/proc/${pid}/cgroup`)
    .split("\n")
    .find((line) => line.includes(`/cloister/${project}/`));
  if (group !== undefined) return `in control group ${group}`;
  const places = ["cwd", "root", ...names(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)];
  for (const place of places) {
    const target = link(`/proc/${pid}/${place}`);
    if (directories.some((directory) => target === directory || target.startsWith(`${directory}/`))) return `${place} is ${target}`;
  }
  return null;
}

/** mountinfo lines that name a directory of the test, in this process's mount namespace and in every other one; nsfs binds too. */
export function leftoverMounts({ project, directories }: Owner): string[] {
  const namespaces = new Map<string, number>();
  for (const pid of [process.pid, ...pids()]) {
    const namespace = link(`/proc/${pid}/ns/mnt`);
    if (namespace !== "" && !namespaces.has(namespace)) namespaces.set(namespace, pid);
  }
  const root = rootOf(read("/proc/self/mountinfo"));
  return [...namespaces].flatMap(([namespace, pid]) => {
    const table = read(`/proc/${pid}/mountinfo`);
    const other = `${rootOf(table) === root ? copyOfHost : ""}${namespace} of ${pid}`;
    const place = namespace === link("/proc/self/ns/mnt") ? "host" : other;
    return table
      .split("\n")
      .filter((line) => line.includes(`cloister/${project}/`) || directories.some((directory) => line.includes(directory)))
      .map((line) => `${place}: ${line}`);
  });
}

/** The device and the directory of it that a table of mounts has at `/`. */
function rootOf(table: string): string | undefined {
  return /^\d+ \d+ (\S+ \S+) \/ /m.exec(table)?.[1];
}

/** Directories `cloister/PROJECT` and all below them, deepest first, in every cgroup hierarchy that is mounted here. */
export function leftoverCgroups(project: string): string[] {
  const below = (path: string): string[] => [...subdirectories(path).flatMap(below), path];
  const search = (path: string, depth: number): string[] =>
    subdirectories(path).flatMap((child) => {
      if (child.endsWith(`/cloister/${project}`)) return below(child);
      return depth > 0 ? search(child, depth - 1) : [];
    });
  return cgroupMounts().flatMap((mountPoint) => search(mountPoint, 3));
}

/** Where the hierarchies of control groups are mounted. */
function cgroupMounts(): string[] {
  const lines = read("/proc/self/mountinfo").split("\n");
  return [...new Set(lines.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(" ")[4] ?? ""))];
}

function leftoverLoops({ directories }: Owner): string[] {
  return names("/sys/block").flatMap((device) => {
    const file = read(`/sys/block/${device}/loop/backing_file`).trim();
    return directories.some((directory) => file.startsWith(directory)) ? [`${device}: ${file}`] : [];
  });
}

/** Tables of the project in the host's network namespace; where nft is not installed there can be none. */
function leftoverTables(project: string): string[] {
  const { stdout } = spawnSync("nft", ["list", "tables"], { encoding: "utf8", timeout: 10_000 });
  return (stdout ?? "").split("\n").filter((line) => line.includes(project));
}

/** Claims BASE-PID-START (src/host/id-ranges.ts) of runs of the test; in that place are those of everybody else on the machine, too. */
function leftoverClaims({ pids: runs }: Owner): string[] {
  return names("/run/cloister/.ids").filter((name) => runs?.has(Number(name.split("-")[1])) === true);
}

/** Every file below `directory`, and every directory named after something; the fixed ones (`run`, `locks`) may stand empty. */
function filesUnder(directory: string): string[] {
  return names(directory).flatMap((name) => {
    const path = join(directory, name);
    const below = filesUnder(path);
    const fixed = ["run", "locks", "state"].includes(name) && statSync(path, { throwIfNoEntry: false })?.isDirectory();
    return fixed ? below : [path, ...below];
  });
}

/** Network interfaces of this machine that cloister made (`cl-ID`, `clb-HASH`). */
export function cloisterInterfaces(): string[] {
  return names("/sys/class/net").filter((name) => /^clb?-/.test(name));
}

/** What there is on the machine: interfaces, and the control groups of environments as `PROJECT/NAME-ID`. */
export interface Machine {
  readonly interfaces: () => readonly string[];
  readonly groups: () => readonly string[];
}

const thisMachine: Machine = {
  interfaces: cloisterInterfaces,
  groups: () =>
    cgroupMounts().flatMap((mountPoint) =>
      names(join(mountPoint, "cloister")).flatMap((project) =>
        names(join(mountPoint, "cloister", project)).map((life) => `${project}/${life}`),
      ),
    ),
};

/**
 * The interfaces that have come since `before`, and stay. Others run beside a test: what an environment of another project has is none of its, and what it had goes
 * a moment after that has ended.
 */
export async function lastingInterfaces(
  { project }: Pick<Owner, "project">,
  before: readonly string[],
  { machine = thisMachine, withinMs = 10_000 }: { readonly machine?: Machine; readonly withinMs?: number } = {},
): Promise<readonly string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const others = machine.groups().filter((group) => !group.startsWith(`${project}/`));
    const known = new Set(others.flatMap((group) => [hostLink(group.slice(-8)), projectNetwork(group.replace(/\/.*/, "")).bridge]));
    const left = machine.interfaces().filter((name) => !before.includes(name) && !known.has(name));
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(20);
  }
}

function pids(): number[] {
  return names("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function subdirectories(path: string): string[] {
  return names(path)
    .map((name) => join(path, name))
    .filter((child) => statSync(child, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

// Whatever is read here may go away while it is read: gone is the same as empty.
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
