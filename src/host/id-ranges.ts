import * as fs from "node:fs";
import { dirname } from "node:path";
import { parseIdMap } from "../kernel/idmap.ts";
import { parseStat } from "../kernel/proc.ts";
import { assertWritable } from "./files.ts";
import { readLink, readNames, readPids, readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";

/**
 * Ranges that runs of cloister are about to give to environments: a file BASE-PID-START each, in one place for the whole machine, whatever
 * --state-dir says, that nobody else can write to (in /run/lock everybody can make a directory). It counts while that process lives; the
 * kernel's own maps count from then on.
 */
export const claimsDirectory = "/run/cloister/.ids";
const directory = claimsDirectory;

/** First ids of the ranges that other runs have claimed. */
function claimedRanges(): ReadonlySet<number> {
  return new Set(claims().flatMap(({ base, pid, start, name }) => (name === ownName(base) || !isAlive({ pid, start }) ? [] : [base])));
}

/** Claims a range for an environment of this run; false where something lives in it, or another run has it. Whoever sees another's claim gives way, so that never both keep one. */
export function claimRange(base: number): boolean {
  writeClaim(`${directory}/${ownName(base)}`);
  // In this order: one that is claimed no more lives by now.
  if (!claimedRanges().has(base) && !liveRanges().has(base)) return true;
  fs.rmSync(`${directory}/${ownName(base)}`, { force: true });
  return false;
}

// A run that ends takes the directory away when it is empty: between our making it and our writing into it, too.
function writeClaim(file: string): void {
  assertWritable(directory);
  for (let attempt = 1; ; attempt++) {
    try {
      fs.mkdirSync(dirname(directory), { recursive: true, mode: 0o711 });
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      fs.writeFileSync(file, "");
      return;
    } catch (error) {
      if (attempt === 100) throw error;
    }
  }
}

/** First ids of the ranges of 65,536 that anything on this machine has: live user namespaces, other runs, uppers, subordinate ids, users. */
export function takenRanges(uppers: string): ReadonlySet<number> {
  const taken = new Set([...liveRanges(), ...claimedRanges()]);
  for (const file of ["/etc/subuid", "/etc/subgid"]) {
    for (const line of readProc(file).split("\n")) {
      const [, first, count] = line.split(":");
      if (count !== undefined) span(taken, Number(first), Number(count));
    }
  }
  for (const line of readProc("/etc/passwd").split("\n")) span(taken, Number(line.split(":")[2] ?? 0), 1);
  for (const environment of readNames(uppers)) {
    for (const { owner } of uppersIn(`${uppers}/${environment}`)) span(taken, owner, 1);
  }
  return taken;
}

/** First ids of the ranges that the user namespaces of running processes map. */
function liveRanges(): ReadonlySet<number> {
  const live = new Set<number>();
  const seen = new Set<string>();
  for (const pid of readPids()) {
    const namespace = readLink(`/proc/${pid}/ns/user`);
    if (namespace === null || seen.has(namespace)) continue;
    seen.add(namespace);
    for (const map of ["uid_map", "gid_map"]) {
      for (const { outside, count } of parseIdMap(readProc(`/proc/${pid}/${map}`))) span(live, outside, count);
    }
  }
  return live;
}

/** The host's own map is no range. */
const wholeMap = 4294967295;

function span(ranges: Set<number>, first: number, count: number): void {
  if (count === wholeMap) return;
  for (let base = Math.floor(first / 65536) * 65536; base < first + count; base += 65536) ranges.add(base);
}

/** First id of the owner of an environment's uppers (its durable record), or null where it has none. What a life that was cut short left of an ephemeral one binds nobody. */
export function upperOwner(uppers: string): number | null {
  return uppersIn(uppers).find(({ name }) => !name.startsWith("ephemeral-"))?.owner ?? null;
}

function uppersIn(uppers: string): readonly { readonly name: string; readonly owner: number }[] {
  return readNames(uppers).flatMap((name) => {
    const stat = fs.lstatSync(`${uppers}/${name}`, { throwIfNoEntry: false });
    return stat?.isDirectory() === true && stat.uid !== 0 ? [{ name, owner: stat.uid }] : [];
  });
}

/** Gives up this run's claims, and sweeps those of runs that ended without doing so. */
export function releaseRanges(): void {
  for (const { base, pid, start, name } of claims()) {
    if (name === ownName(base) || !isAlive({ pid, start })) fs.rmSync(`${directory}/${name}`, { force: true });
  }
  for (const path of [directory, dirname(directory)]) removeIfEmpty(path);
}

function claims() {
  return readNames(directory).flatMap((name) => {
    const [base, pid, start] = name.split("-");
    return start === undefined ? [] : [{ base: Number(base), pid: Number(pid), start, name }];
  });
}

function ownName(base: number): string {
  return `${base}-${process.pid}-${parseStat(readProc("/proc/self/stat"))?.start ?? ""}`;
}

function removeIfEmpty(path: string): void {
  try {
    fs.rmdirSync(path);
  } catch {
    return;
  }
}
