import * as fs from "node:fs";
import { parseStat } from "../kernel/proc.ts";
import { readNames, readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";

/**
 * Ranges that runs of cloister are about to give to environments: a file BASE-PID-START each, in one place for the whole machine, whatever
 * --state-dir says. It counts while that process lives; the kernel's own maps count from then on.
 */
const directory = "/run/lock/cloister/ids";

/** First ids of the ranges that other runs have claimed. */
export function claimedRanges(): ReadonlySet<number> {
  return new Set(claims().flatMap(({ base, pid, start, name }) => (name === ownName(base) || !isAlive({ pid, start }) ? [] : [base])));
}

/** Claims a range for an environment of this run; false where another run has it. Whoever sees another's claim gives way, so that never both keep one. */
export function claimRange(base: number): boolean {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  fs.writeFileSync(`${directory}/${ownName(base)}`, "");
  if (!claimedRanges().has(base)) return true;
  fs.rmSync(`${directory}/${ownName(base)}`, { force: true });
  return false;
}

/** Gives up this run's claims, and sweeps those of runs that ended without doing so. */
export function releaseRanges(): void {
  for (const { base, pid, start, name } of claims()) {
    if (name === ownName(base) || !isAlive({ pid, start })) fs.rmSync(`${directory}/${name}`, { force: true });
  }
  for (const path of [directory, "/run/lock/cloister"]) removeIfEmpty(path);
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
