import * as fs from "node:fs";
import type { Found } from "../model/host.ts";
import { parseMountinfo } from "../kernel/mountinfo.ts";
import { parseEnviron, parseStat } from "../kernel/proc.ts";
import { groupPids, hierarchies } from "./cgroup-files.ts";
import { readLink, readNames, readPids, readProc } from "./proc-reader.ts";

/**
 * Every life of every environment of a project, from the kernel: its control groups in every hierarchy, and, for `expected` names that were not found
 * there, the environ of every process outside. A run directory of an environment that has neither is found as well (`id` is then "").
 */
export function discover(project: string, expected: readonly string[], runDirectory: string): readonly Found[] {
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
      keep({ name, id, ...keeperOf(project, { name, id }, groupPids(`${mountPoint}/cloister/${project}/${entry}`)) });
    }
  }
  const running = new Set([...lives.values()].filter(({ keeper }) => keeper !== null).map(({ name }) => name));
  if (expected.some((name) => !running.has(name))) for (const found of searchProcesses(project)) keep(found);
  const names = new Set([...lives.values()].map(({ name }) => name));
  for (const name of readNames(runDirectory)) if (!names.has(name)) keep({ name, id: "", keeper: null, directory: null });
  return [...lives.values()];
}

type Life = Pick<Found, "keeper" | "directory">;

/** The keeper among the processes of a group: the one whose parent outside says, in an environ that nothing inside can write, that it holds this environment. */
function keeperOf(project: string, { name, id }: Pick<Found, "name" | "id">, pids: readonly number[]): Life {
  for (const pid of pids) {
    const stat = parseStat(readProc(`/proc/${pid}/stat`));
    if (stat === null || stat.state === "Z" || stat.state === "X") continue;
    const said = parseEnviron(readProc(`/proc/${stat.parent}/environ`));
    if (said.get("CLOISTER_ENVIRONMENT") !== `${project}/${name}` || said.get("CLOISTER_ID") !== id || !isOutside(stat.parent)) continue;
    return { keeper: { pid, start: stat.start, assembled: isAssembled(pid, stat.comm), parent: stat.parent }, directory: said.get("CLOISTER_MANIFEST") ?? null };
  }
  return orphaned(pids);
}

// Its parent was killed: then the control group, in which nothing can put itself, is what names the reaper.
function orphaned(pids: readonly number[]): Life {
  for (const pid of pids) {
    const stat = parseStat(readProc(`/proc/${pid}/stat`));
    if (stat?.comm === "catatonit" && stat.state !== "Z" && stat.state !== "X") return { keeper: { pid, start: stat.start, assembled: isAssembled(pid, stat.comm), parent: 0 }, directory: null };
  }
  return { keeper: null, directory: null };
}

/** What a process says of itself is believed of processes of our own pid namespace only: nothing inside can write theirs. */
function isOutside(pid: number): boolean {
  return readLink(`/proc/${pid}/ns/pid`) === readLink("/proc/self/ns/pid");
}

/** The reaper, on a root that is not the host's. */
function isAssembled(pid: number, comm: string): boolean {
  if (comm !== "catatonit") return false;
  const own = parseMountinfo(readProc(`/proc/${pid}/mountinfo`)).find(({ target }) => target === "/");
  const host = parseMountinfo(readProc("/proc/self/mountinfo")).find(({ target }) => target === "/");
  return own !== undefined && host !== undefined && (own.device !== host.device || own.root !== host.root);
}

function* searchProcesses(project: string): Iterable<Found> {
  const stats = readPids().flatMap((pid) => parseStat(readProc(`/proc/${pid}/stat`)) ?? []);
  for (const stat of stats) {
    if (stat.state === "Z" || stat.state === "X") continue;
    const said = parseEnviron(readProc(`/proc/${stat.pid}/environ`));
    const [owner, name] = (said.get("CLOISTER_ENVIRONMENT") ?? "").split("/");
    const id = said.get("CLOISTER_ID") ?? "";
    if (owner !== project || name === undefined || stat.comm !== "unshare" || !isOutside(stat.pid)) continue;
    const keeper = stats.find((one) => one.parent === stat.pid && one.state !== "Z");
    if (keeper !== undefined) yield { name, id, keeper: { pid: keeper.pid, start: keeper.start, assembled: isAssembled(keeper.pid, keeper.comm), parent: stat.pid }, directory: said.get("CLOISTER_MANIFEST") ?? null };
  }
}

/** The running process of an environment, as the fact `process/NAME` (see resources/process.ts): found by its waiting parent outside, or its end. */
export function readProcess(project: string, { environment, name, group, endFile }: ProcessQuery): string | null {
  for (const pid of groupPids(group)) {
    const stat = parseStat(readProc(`/proc/${pid}/stat`));
    if (stat === null || stat.state === "Z" || !isOutside(stat.parent)) continue;
    const said = parseEnviron(readProc(`/proc/${stat.parent}/environ`));
    if (said.get("CLOISTER_PROCESS") !== `${project}/${environment}/${name}`) continue;
    return JSON.stringify({ type: "running", pid, start: stat.start, digest: said.get("CLOISTER_WANT") ?? "" });
  }
  const [, code, digest] = /^(\d+) ([0-9a-f]*)$/m.exec(readProc(endFile)) ?? [];
  return code === undefined ? null : JSON.stringify({ type: "ended", code: Number(code), digest });
}

export interface ProcessQuery {
  readonly environment: string;
  readonly name: string;
  /** Its own control group. */
  readonly group: string;
  /** Where its waiting parent writes how it ended. */
  readonly endFile: string;
}

/** First ids of the ranges of 65,536 that anything on this machine has: live user namespaces, uppers, subordinate ids, users. */
export function takenRanges(uppers: string): ReadonlySet<number> {
  const taken = new Set<number>();
  const block = (id: number) => taken.add(Math.floor(id / 65536) * 65536);
  const span = (first: number, count: number) => {
    for (let id = first; id < first + count && count < 4294967295; id += 65536) block(id);
  };
  const seen = new Set<string>();
  for (const pid of readPids()) {
    const namespace = readLink(`/proc/${pid}/ns/user`);
    if (namespace === null || seen.has(namespace)) continue;
    seen.add(namespace);
    for (const line of readProc(`/proc/${pid}/uid_map`).split("\n")) {
      const [, first = Number.NaN, count = 0] = line.trim().split(/\s+/).map(Number);
      if (Number.isFinite(first)) span(first, count);
    }
  }
  for (const file of ["/etc/subuid", "/etc/subgid"]) {
    for (const line of readProc(file).split("\n")) {
      const [, first, count] = line.split(":");
      if (count !== undefined) span(Number(first), Number(count));
    }
  }
  for (const line of readProc("/etc/passwd").split("\n")) block(Number(line.split(":")[2] ?? 0));
  for (const environment of readNames(uppers)) {
    const owner = upperOwner(`${uppers}/${environment}`);
    if (owner !== null) block(owner);
  }
  return taken;
}

/** First id of the owner of an environment's uppers (its durable record), or null where it has none. */
export function upperOwner(uppers: string): number | null {
  for (const name of readNames(uppers)) {
    const stat = fs.lstatSync(`${uppers}/${name}`, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true && stat.uid !== 0) return stat.uid;
  }
  return null;
}
