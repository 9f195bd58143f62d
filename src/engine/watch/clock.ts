import { monotonicMs } from "../../model/clock.ts";
/** Time, as a watch sees it. */
export interface Clock {
  /** Milliseconds that only go up; they go on while the process is stopped. */
  now(): number;
  /** What the clock on the wall shows: milliseconds since 1970. */
  wall(): number;
  /** Milliseconds of a processor that this process has used. */
  worked(): number;
  /** Calls `act` after so many milliseconds; returns what takes that back. */
  after(delayMs: number, act: () => void): () => void;
}

/** This machine's. */
export const systemClock: Clock = {
  now: monotonicMs,
  wall: () => Date.now(),
  worked: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};
