import { setTimeout as delay } from "node:timers/promises";
import { parseStat } from "../kernel/proc.ts";
import { readProc } from "./proc-reader.ts";

/** A process by pid and start time, and how it is to end. */
export interface ProcessEnd {
  readonly pid: number;
  readonly start: string;
  readonly signal: NodeJS.Signals;
  /** Time to end by itself before it is killed, in ms; 0 with SIGKILL. */
  readonly graceMs: number;
}

/** Time for the kernel to take a killed process apart, in ms: mounts and namespaces of a large one take a while; a process in D state does not end at all. */
const killedMs = 10_000;

/** Signals a process and awaits its end. A pid that belongs to another process by now is never touched. Throws where it does not end. */
export async function endProcess({ pid, start, signal, graceMs }: ProcessEnd): Promise<void> {
  send({ pid, start }, signal);
  if (await ended({ pid, start }, signal === "SIGKILL" ? killedMs : graceMs)) return;
  send({ pid, start }, "SIGKILL");
  if (await ended({ pid, start }, killedMs)) return;
  throw new Error(
    `process ${pid} does not end (state ${parseStat(readProc(`/proc/${pid}/stat`))?.state ?? "unknown"}): it hangs in the kernel`,
  );
}

/** Whether a process lives: it is there, it is the one, and it is no zombie. */
export function isAlive({ pid, start }: Pick<ProcessEnd, "pid" | "start">): boolean {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  return stat !== null && stat.start === start && stat.state !== "Z" && stat.state !== "X";
}

function send(identity: Pick<ProcessEnd, "pid" | "start">, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended in between.
  }
}

async function ended(identity: Pick<ProcessEnd, "pid" | "start">, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  for (let pauseMs = 0.5; performance.now() < until; pauseMs = Math.min(pauseMs * 1.5, 20)) {
    if (!isAlive(identity)) return true;
    await delay(pauseMs);
  }
  return !isAlive(identity);
}
