import * as fs from "node:fs";
import { parseIdMap } from "../kernel/idmap.ts";
import { dropClaim, liveClaims, releaseClaims, writeClaim } from "./claims.ts";
import { readLink, readNames, readPids, readProc } from "./proc-reader.ts";

/**
 * Ranges that runs of cloister are about to give to environments: a file BASE-PID-START each, in one place for the whole machine, whatever
 * --state-dir says, that nobody else can write to (in /run/lock everybody can make a directory). It counts while that process lives; the
 * kernel's own maps count from then on.
 */
export const claimsDirectory = "/run/cloister/.ids";
const directory = claimsDirectory;

/** First ids of the ranges that other runs have claimed. */
function claimedRanges(): ReadonlySet<number> {
  return new Set(liveClaims(directory).flatMap(({ about, own }) => (own ? [] : [Number(about)])));
}

/** Claims a range for an environment of this run; false where something lives in it, or another run has it. Whoever sees another's claim gives way, so that never both keep one. */
export function claimRange(base: number): boolean {
  writeClaim(directory, String(base));
  // In this order: one that is claimed no more lives by now.
  if (!claimedRanges().has(base) && !liveRanges().has(base)) return true;
  dropClaim(directory, String(base));
  return false;
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
  releaseClaims(directory);
}
