import { setTimeout as delay } from "node:timers/promises";
import { parseEnviron, parseStat } from "../kernel/proc.ts";
import { monotonicMs } from "../model/clock.ts";
import type { ProcessEnd } from "../model/host.ts";
import { readPids, readProc } from "./proc-reader.ts";

/** Time for the kernel to take a killed process apart, in ms: mounts and namespaces of a large one take a while; a process in D state does not end at all. */
const killedMs = 10_000;

/** Signals a process and awaits its end. A pid that belongs to another process by now is never touched. Throws where it does not end. */
export async function endProcess({ waiters, ...request }: ProcessEnd): Promise<void> {
  await endOne(request);
  if (waiters === undefined) return;
  await Promise.all(waitersOf(waiters).map((waiter) => ended(waiter, waiterMs)));
}

/** Time for the processes outside that wait for those of an environment to see that they ended, in ms. */
const waiterMs = 2_000;

/** Processes with our marks in their environ. Anybody may write that into their own: so they are awaited, for some time, and nothing else. */
function waitersOf(environment: string): readonly Identity[] {
  return readPids().flatMap((pid) => {
    const said = parseEnviron(readProc(`/proc/${pid}/environ`));
    const belongs =
      said.get("CLOISTER_ENVIRONMENT") === environment || said.get("CLOISTER_PROCESS")?.startsWith(`${environment}/`) === true;
    const stat = belongs ? parseStat(readProc(`/proc/${pid}/stat`)) : null;
    return stat === null ? [] : [{ pid, start: stat.start }];
  });
}

type Identity = Pick<ProcessEnd, "pid" | "start">;

async function endOne({ pid, start, signal, graceMs }: Omit<ProcessEnd, "waiters">): Promise<void> {
  send({ pid, start }, signal);
  if (await ended({ pid, start }, signal === "SIGKILL" ? killedMs : graceMs)) return;
  send({ pid, start }, "SIGKILL");
  if (await ended({ pid, start }, killedMs)) return;
  throw new Error(
    `process ${pid} does not end (state ${parseStat(readProc(`/proc/${pid}/stat`))?.state ?? "unknown"}): it hangs in the kernel`,
  );
}

/** Whether a process lives: it is there, it is the one, and one of its threads is left. */
export function isAlive({ pid, start }: Identity): boolean {
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  return stat !== null && stat.start === start && !stat.ended;
}

/** Signals a process, if it is still that one. */
export function send(identity: Identity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended in between.
  }
}

/** Whether a process ends within so many milliseconds. */
export async function ended(identity: Identity, withinMs: number): Promise<boolean> {
  const until = monotonicMs() + withinMs;
  for (let pauseMs = 0.5; monotonicMs() < until; pauseMs = Math.min(pauseMs * 1.5, 20)) {
    if (!isAlive(identity)) return true;
    await delay(pauseMs);
  }
  return !isAlive(identity);
}
