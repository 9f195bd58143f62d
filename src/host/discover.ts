import * as fs from "node:fs";
import { parseIdMap } from "../kernel/idmap.ts";
import type { ProcessStat } from "../kernel/proc.ts";
import { parseEnviron, parseStat } from "../kernel/proc.ts";
import { failureFile, failureGroup } from "../model/assembly.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Found } from "../model/host.ts";
import type { Keeper } from "../model/resource.ts";
import { groupPids, hierarchies } from "./cgroup-files.ts";
import { childrenOf, identity, readLink, readNames, readPids, readProc } from "./proc-reader.ts";
import { readEnds } from "./process-end-lines.ts";
import { readHealth } from "./process-health.ts";

/** A keeper that was found before, by its number: what it and its parent say of themselves does not change while both live. */
export type KnownKeepers = Map<number, { readonly of: string; readonly stat: ProcessStat; readonly life: Life }>;

/** Where else it is looked. */
interface Places {
  /** The project's run directory. */
  readonly run: string;
  /** What is remembered from one look to the next. */
  readonly known?: KnownKeepers;
}

/**
 * Every life of every environment of a project, from the kernel: its control groups in every hierarchy, and, for `expected` names that were not found
 * there, the environ of every process outside. A run directory of an environment that has neither is found as well (`id` is then "").
 */
export function discover(project: string, expected: readonly string[], { run, known = new Map() }: Places): readonly Found[] {
  const lives = new Map<string, Found>();
  const keep = (found: Found) => {
    const key = `${found.name}-${found.id}`;
    if (lives.get(key)?.keeper == null) lives.set(key, found);
  };
  for (const { mountPoint } of hierarchies()) {
    for (const entry of readNames(`${mountPoint}/cloister/${project}`)) {
      const match = /^([a-z][a-z0-9-]{0,62})-([a-z2-7]{8})$/.exec(entry);
      const [, name, id] = match ?? [];
      if (name === undefined || id === undefined || lives.get(`${name}-${id}`)?.keeper != null) continue;
      const group = `${mountPoint}/cloister/${project}/${entry}`;
      keep({ name, id, ...asMarked(keeperOf({ of: `${project}/${name}`, id, known }, group), { group, run: `${run}/${name}` }) });
    }
  }
  const found = new Set([...lives.values()].map(({ keeper }) => keeper?.pid));
  for (const pid of known.keys()) if (!found.has(pid)) known.delete(pid);
  const running = new Set([...lives.values()].filter(({ keeper }) => keeper !== null).map(({ name }) => name));
  if (expected.some((name) => !running.has(name))) for (const found of searchProcesses(project)) keep(found);
  const names = new Set([...lives.values()].map(({ name }) => name));
  for (const name of readNames(run)) if (namePattern.test(name) && !names.has(name)) keep({ name, id: "", keeper: null, directory: null });
  return [...lives.values()].map((life) => ({ ...life, ...calledNow(project, life) }));
}

/** What waits outside for a keeper writes to a log in the run directory: the kernel knows what that is called by now. */
function calledNow(project: string, { name, keeper }: Found): Pick<Found, "called"> {
  const log = keeper === null || keeper.parent === 0 ? null : readLink(`/proc/${keeper.parent}/fd/2`);
  const [owner, called] = log?.endsWith("/keeper.log") === true ? log.split("/").slice(-3) : [];
  return owner === project && called !== undefined && called !== name && namePattern.test(called) ? { called } : {};
}

const namePattern = /^[a-z][a-z0-9-]{0,62}$/;
const idPattern = /^[a-z2-7]{8}$/;

type Life = Pick<Found, "keeper" | "directory">;

/** Whose keeper is looked for: `PROJECT/NAME`, and its birth id. */
interface Sought {
  readonly of: string;
  readonly id: string;
  readonly known: KnownKeepers;
}

/** The keeper of a control group: looked for where it is put, then in the whole group. */
function keeperOf(sought: Sought, group: string): Life {
  return heldIn(groupPids(`${group}/keeper`), sought) ?? heldIn(groupPids(group), sought) ?? orphaned(groupPids(group));
}

/** Half made and kept: by its control group, which the kernel keeps as long as it lives; its run directory only tells why. */
function asMarked({ keeper, directory }: Life, { group, run }: { readonly group: string; readonly run: string }): Life {
  if (keeper === null || !fs.existsSync(`${group}/${failureGroup}`)) return { keeper, directory };
  const failed = { why: readProc(failureFile(run)), rooted: keeper.assembled };
  return { keeper: { ...keeper, assembled: false, failed }, directory };
}

/** The process whose parent outside says, in an environ that nothing inside can write, that it holds this environment. */
function heldIn(pids: readonly number[], { of, id, known }: Sought): Life | null {
  const strangers = new Set<number>();
  for (const pid of pids) {
    const stat = aliveStat(pid);
    if (stat === null || strangers.has(stat.parent)) continue;
    const before = known.get(pid);
    if (before !== undefined && before.of === `${of}-${id}` && isSame(before.stat, stat)) return before.life;
    // Its owner first: the environ of a process inside may be megabytes, and there may be thousands.
    const said = isOurs(stat.parent) ? environOf(stat.parent) : null;
    if (said?.get("CLOISTER_ENVIRONMENT") === of && said.get("CLOISTER_ID") === id) {
      const life = { keeper: heldBy(stat, said), directory: said.get("CLOISTER_MANIFEST") ?? null };
      // Until it is assembled it becomes another program, on another root.
      if (life.keeper.assembled) known.set(pid, { of: `${of}-${id}`, stat, life });
      return life;
    }
    strangers.add(stat.parent);
  }
  return null;
}

// A parent that ended has left it to another process: the same one means the same parent, whose environ only that could change.
function isSame(before: ProcessStat, now: ProcessStat): boolean {
  return before.start === now.start && before.parent === now.parent && before.comm === now.comm;
}

// Its parent was killed. Nothing inside can put itself into the control group, and nothing in it is older than its keeper; a name alone can be taken.
function orphaned(pids: readonly number[]): Life {
  const stats = pids.flatMap((pid) => aliveStat(pid) ?? []);
  const oldest = stats.reduce<ProcessStat | null>(
    (first, stat) => (first === null || Number(stat.start) < Number(first.start) ? stat : first),
    null,
  );
  const isKeeper = oldest?.comm === "catatonit" && isOutside(readProc(`/proc/${oldest.parent}/status`));
  return { keeper: isKeeper ? keeperAt(oldest, 0) : null, directory: null };
}

/** What a process is, or null where it has ended or begun to. */
export function aliveStat(pid: number): ProcessStat | null {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  return stat === null || stat.ending || stat.ended ? null : stat;
}

function keeperAt({ pid, start, comm }: ProcessStat, parent: number): Keeper {
  const base = parseIdMap(readProc(`/proc/${pid}/uid_map`)).find(({ inside }) => inside === 0)?.outside ?? 0;
  return { pid, start, assembled: isAssembled(pid, comm), parent, base };
}

/** A keeper whose parent lives, with what that says of it. */
function heldBy(stat: ProcessStat, said: ReadonlyMap<string, string>): Keeper {
  return { ...keeperAt(stat, stat.parent), borrowed: said.get("CLOISTER_BORROWED")?.split(" ") ?? [] };
}

function environOf(pid: number): ReadonlyMap<string, string> {
  return parseEnviron(readProc(`/proc/${pid}/environ`));
}

/** What a process says of itself is believed of our own user's only: neither another user of the host nor anything inside can write theirs. */
function isOurs(pid: number): boolean {
  const status = readProc(`/proc/${pid}/status`);
  const ids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/m.exec(status)?.slice(1);
  return isOutside(status) && ids?.every((id) => Number(id) === process.geteuid?.()) === true;
}

/** A process of our own pid namespace has one number only (not every process's namespaces can be read: pid 1 may be out of reach). */
function isOutside(status: string): boolean {
  return /^NSpid:\s+\d+$/m.test(status);
}

/** The reaper, on a root that is not the host's. */
function isAssembled(pid: number, comm: string): boolean {
  if (comm !== "catatonit") return false;
  // Not by mountinfo, which is the longest file of a process in /proc.
  const own = identity(`/proc/${pid}/root`);
  return own !== "" && own !== identity("/");
}

function* searchProcesses(project: string): Iterable<Found> {
  for (const pid of readPids()) {
    if (readProc(`/proc/${pid}/comm`) !== "unshare\n" || !isOurs(pid)) continue;
    const said = environOf(pid);
    const [owner, name = ""] = (said.get("CLOISTER_ENVIRONMENT") ?? "").split("/");
    const id = said.get("CLOISTER_ID") ?? "";
    if (owner !== project || !namePattern.test(name) || !idPattern.test(id)) continue;
    const [keeper] = childrenOf(pid).flatMap((child) => aliveStat(child) ?? []);
    if (keeper !== undefined) yield { name, id, keeper: heldBy(keeper, said), directory: said.get("CLOISTER_MANIFEST") ?? null };
  }
}

/** The running process of an environment, as the fact `process/NAME` (see resources/process.ts): found by its waiting parent outside, or its end. */
export function readProcess(project: string, query: ProcessQuery): string | null {
  for (const until = monotonicMs() + endingMs; ; Atomics.wait(asleep, 0, 0, 2)) {
    const isOver = monotonicMs() > until;
    const running = runningProcess(project, query, { among: groupPids(query.group), isOver });
    if (running !== null) return running;
    const ended = endOf(project, query);
    if (ended !== null) return JSON.stringify(ended);
    if (!fs.existsSync(query.endFile)) return null;
    // It has not ended: then it is out of its group.
    const strayed = runningProcess(project, query, { among: readPids().filter((pid) => !isWaiting(pid)), isOver });
    if (strayed !== null || isOver) return strayed;
  }
}

// Between its end and the word of its waiting parent on that; and between its start and its being inside.
const endingMs = 1000;
const asleep = new Int32Array(new SharedArrayBuffer(4));

/** What is still on its way in is left out, until the time for that is over. */
function runningProcess(project: string, { environment, name, endFile }: ProcessQuery, { among, isOver }: Candidates): string | null {
  const strangers = new Set<number>();
  for (const pid of among) {
    const stat = aliveStat(pid);
    if (stat === null || strangers.has(stat.parent)) continue;
    const said = isOurs(stat.parent) ? environOf(stat.parent) : null;
    strangers.add(stat.parent);
    if (said?.get("CLOISTER_PROCESS") !== `${project}/${environment}/${name}`) continue;
    if (!isOver && isEntering(pid, stat.parent)) continue;
    const digest = said.get("CLOISTER_WANT") ?? "";
    const supervised = supervision(stat.parent, said.get("CLOISTER_PROCESS"), endFile);
    // It has ended meanwhile: what waited for it is gone, and with it who its supervisor is.
    if (!("supervisor" in supervised) && aliveStat(stat.parent) === null) continue;
    return JSON.stringify({
      type: "running",
      pid,
      start: stat.start,
      digest,
      ...supervised,
      ...healthOf(said.get("CLOISTER_PROCESS"), endFile, stat),
    });
  }
  return null;
}

interface Candidates {
  readonly among: readonly number[];
  readonly isOver: boolean;
}

/** Whether it has yet to join the mount namespace, before which it is given its control groups and limits (shim-enter.pl). */
function isEntering(pid: number, parent: number): boolean {
  return readLink(`/proc/${pid}/ns/mnt`) === readLink(`/proc/${parent}/ns/mnt`);
}

/** Who waits for what waits for a process, with the policy that it follows: the parent of that, or who looks after it since that was killed. */
function supervision(waiter: number, said: string | undefined, endFile: string) {
  const { restarts, supervisor: successor } = readEnds(endFile);
  const own = (pid: number) => {
    const supervisor = supervisorAt(pid, endFile);
    return supervisor?.process === said ? supervisor : null;
  };
  const supervisor = own(aliveStat(waiter)?.parent ?? 0) ?? own(successor);
  return { waiter, ...supervisor?.found, ...(restarts === 0 ? {} : { restarts }) };
}

/** What a supervisor is, with the policy that it was started with, or that was written for it since; null where it is none of ours. */
function supervisorAt(pid: number, endFile: string) {
  const stat = pid > 1 ? aliveStat(pid) : null;
  const said = stat !== null && isOurs(pid) ? environOf(pid) : null;
  const policy = said?.get("CLOISTER_RESTART");
  if (stat === null || policy === undefined) return null;
  const [, edited] = new RegExp(`^${pid} (\\S+)$`, "m").exec(readProc(endFile.replace(/\.end$/, ".restart"))) ?? [];
  return { process: said?.get("CLOISTER_PROCESS"), found: { supervisor: { pid, start: stat.start }, restart: edited ?? policy } };
}

/** What asks a process whether it is well, and its answer; what was said of another process, or by whom is not there any more, is not believed. `stat`: null where it has ended, and the answer is the last that it gave. */
function healthOf(process: string | undefined, endFile: string, stat: ProcessStat | null) {
  const said = readHealth(endFile.replace(/\.end$/, ".health"));
  const runner = said === null ? null : aliveStat(said.runner);
  const environ = runner !== null && isOurs(runner.pid) ? environOf(runner.pid) : null;
  if (said === null || runner === null || environ?.get("CLOISTER_HEALTHCHECK") !== process) return {};
  const identity = { runner: { pid: runner.pid, start: runner.start }, digest: environ?.get("CLOISTER_HEALTH_WANT") ?? "" };
  const { status, streak, code, output } = said;
  const isOfIt = stat === null ? said.code !== null : said.pid === stat.pid && said.start === stat.start;
  return { health: { ...identity, ...(isOfIt ? { status, streak, code, output } : unasked) } };
}

const unasked = { status: "starting", streak: 0, code: null, output: "" };

/** How a process ended last, and whether it is about to be started anew; null where that is not known, or it was since. */
function endOf(project: string, { environment, name, endFile }: ProcessQuery) {
  const { ends, begunAgain } = readEnds(endFile);
  const last = ends.at(-1);
  if (last === undefined || begunAgain) return null;
  const { code, digest, uptime, oom, verdict, restarts, delay } = last;
  const supervisor = verdict === "again" ? supervisorAt(last.supervisor, endFile) : null;
  const isOwn = supervisor?.process === `${project}/${environment}/${name}`;
  return {
    ...{ type: "ended", code, digest },
    ...(uptime === null ? {} : { uptime }),
    ...(oom ? { oom } : {}),
    ...(restarts === 0 ? {} : { restarts }),
    ...(verdict === "gave-up" ? { gaveUp: true } : {}),
    ...(verdict === "unhealthy" ? { unhealthy: true } : {}),
    ...(isOwn ? { ...supervisor.found, delay } : {}),
    ...healthOf(`${project}/${environment}/${name}`, endFile, null),
  };
}

/** Whether it is one of those outside that start a process, wait for it and pass on what it prints. */
function isWaiting(pid: number): boolean {
  return isOurs(pid) && environOf(pid).has("CLOISTER_PROCESS");
}

/** A file in /proc of a process that `readProcess` found; null where it is that process's no more. */
export function readProcessFile(found: string, name: string): { readonly text: string } | null {
  const { pid = 0, start = "" }: { readonly pid?: number; readonly start?: string } = JSON.parse(found);
  const text = readProc(`/proc/${pid}/${name}`);
  // Read before it is asked whose it was: a number that was given away meanwhile has another start.
  return pid !== 0 && text !== "" && aliveStat(pid)?.start === start ? { text } : null;
}

/** Which process is looked for, and where. */
export interface ProcessQuery {
  readonly environment: string;
  readonly name: string;
  /** Its own control group. */
  readonly group: string;
  /** Where its waiting parent writes how it ended. */
  readonly endFile: string;
}
