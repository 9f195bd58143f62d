import { setTimeout as delay } from "node:timers/promises";
import { parseStat } from "../kernel/proc.ts";
import { monotonicMs } from "../model/clock.ts";
import { readLink, readPids, readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";

/** What keeps the log of a process: it reads the pipe that the process writes to. */
export interface LogKeeper {
  /** Resolves when all that was written until now is in the log, or has not come there within so many milliseconds. */
  written(withinMs: number): Promise<void>;
}

/** What keeps the log of the process that this one waits for; null: nobody knows. */
export function logKeeperOf(waiter: number): LogKeeper | null {
  const pipe = readLink(`/proc/${waiter}/fd/1`);
  if (pipe?.startsWith("pipe:") !== true) return null;
  const pid = readPids().find((one) => readLink(`/proc/${one}/fd/0`) === pipe);
  const start = pid === undefined ? undefined : parseStat(readProc(`/proc/${pid}/stat`))?.start;
  if (pid === undefined || start === undefined) return null;
  return {
    async written(withinMs) {
      for (const until = monotonicMs() + withinMs; monotonicMs() < until; await delay(lookMs)) {
        if (!isAlive({ pid, start }) || waitsForMore(pid)) return;
      }
    },
  };
}

const lookMs = 2;

/** Whether it sleeps in a call on its standard input: it has written what it has read, and there is no more. Who traces or stops it may keep it at the end of one. */
function waitsForMore(pid: number): boolean {
  const sleeps = () => parseStat(readProc(`/proc/${pid}/stat`))?.state === "S";
  return sleeps() && /^\d+ 0x0 /.test(readProc(`/proc/${pid}/syscall`)) && sleeps();
}
