import type { ProcessStat } from "../kernel/proc.ts";
import { parseEnviron, parseStat } from "../kernel/proc.ts";
import { readProc } from "./proc-reader.ts";

/** What a process is, or null where it has ended or begun to. */
export function aliveStat(pid: number): ProcessStat | null {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  return stat === null || stat.ending || stat.ended ? null : stat;
}

/** The environ of a process, by name; empty where it cannot be read. */
export function environOf(pid: number): ReadonlyMap<string, string> {
  return parseEnviron(readProc(`/proc/${pid}/environ`));
}

/** What a process says of itself is believed of our own user's only: neither another user of the host nor anything inside can write theirs. */
export function isOurs(pid: number): boolean {
  const status = readProc(`/proc/${pid}/status`);
  const ids = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/m.exec(status)?.slice(1);
  return isOutside(status) && ids?.every((id) => Number(id) === process.geteuid?.()) === true;
}

/** A process of our own pid namespace has one number only (not every process's namespaces can be read: pid 1 may be out of reach). */
export function isOutside(status: string): boolean {
  return /^NSpid:\s+\d+$/m.test(status);
}
