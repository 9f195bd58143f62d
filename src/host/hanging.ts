import type { ChildProcess } from "node:child_process";
import { basename } from "node:path";
import { parseStat } from "../kernel/proc.ts";
import type { CloisterError } from "../model/diagnostic.ts";
import { childrenOf, readPids, readProc } from "./proc-reader.ts";
import { toolList } from "./tool-list.ts";
import { hanging } from "./tools.ts";

/**
 * Time for a tool that has but a few calls to the kernel to make, in ms; they take some. What works as long as there is something to do (mmdebstrap, tar,
 * rm) has no limit: it shows how far it is, and a second Ctrl-C ends the run.
 */
export const answerMs = 30_000;

/** Ends a process that has not answered for so long, with all that it started, also where it has ended itself and was the leader of these. Returns the error `host/tool-hangs`, which names the tool that hangs. */
export function endHanging(child: Pick<ChildProcess, "pid" | "spawnfile">, afterMs: number): CloisterError {
  const { pid } = child;
  const all = pid === undefined ? [] : [pid, ...sessionOf(pid)].flatMap(withDescendants);
  // What was started inside has a session of its own there, and may have been left to the first process of it.
  const pids = [...new Set([...all, ...sessionsOf(all)])];
  const known = new Set(toolList.map(({ name }) => name));
  // What they were waiting for is the last of ours.
  const name = pids.map((pid) => parseStat(readProc(`/proc/${pid}/stat`))?.comm ?? "").findLast((comm) => known.has(comm));
  for (const pid of pids) kill(pid);
  return hanging(name ?? basename(child.spawnfile), afterMs);
}

/** Ends what has `NAME=VALUE` among its variables, but for what has left our session. */
export function endMarked(variable: string): void {
  const own = parseStat(readProc("/proc/self/stat"))?.session ?? 0;
  for (const pid of sessionOf(own)) {
    if (readProc(`/proc/${pid}/environ`).split("\0").includes(variable)) kill(pid);
  }
}

function sessionOf(leader: number): readonly number[] {
  return sessionsOf([leader]);
}

function sessionsOf(leaders: readonly number[]): readonly number[] {
  return readPids().filter((pid) => leaders.includes(parseStat(readProc(`/proc/${pid}/stat`))?.session ?? 0));
}

function withDescendants(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)];
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in between.
  }
}
