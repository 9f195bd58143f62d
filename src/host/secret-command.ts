import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { codeOf } from "../model/errno.ts";
import { endMarked } from "./hanging.ts";

/** What a command printed, or why that is not to be had, in words that follow "its command". What it printed is in no message. */
export type Printed = { readonly bytes: Uint8Array } | { readonly problem: string };

/** Where a command runs, which variables it does not get, how much it may print, in bytes, and how long it may take, in ms. */
export interface Surroundings {
  readonly directory: string;
  readonly withheld: ReadonlySet<string>;
  readonly most: number;
  /** Absent: 30 s, for nobody is asked anything on the way. */
  readonly withinMs?: number;
}

/**
 * Runs a command of the user's, who is told nothing of what it says: as the caller, with the caller's variables but those that are secrets themselves, without
 * a shell. What it has started ends with it, but for what has a session of its own (an agent, say).
 */
export function printedBy(
  [name = "", ...args]: readonly string[],
  { directory, withheld, most, withinMs = 30_000 }: Surroundings,
): Printed {
  const others = Object.entries(process.env).filter(([variable]) => !withheld.has(variable));
  // It stays in our session, so that Ctrl-C ends it, too; what it has started is found by a variable.
  const mark = ["CLOISTER_SECRET_COMMAND", randomUUID()] as const;
  const { error, signal, status, stdout } = spawnSync(name, args, {
    cwd: directory,
    env: Object.fromEntries([...others, mark]),
    stdio: ["ignore", "pipe", "ignore"],
    timeout: withinMs,
    killSignal: "SIGKILL",
    maxBuffer: most,
  });
  endMarked(mark.join("="));
  const code = codeOf(error);
  if (code === "ETIMEDOUT") return { problem: `has not ended within ${withinMs / 1000} s, and was ended` };
  if (code === "ENOBUFS") return { problem: `prints more than ${most / 1024} KiB` };
  if (code === "ENOENT") return { problem: "is not there" };
  if (error !== undefined) return { problem: `cannot be run (${code || "unknown error"})` };
  return status === 0 ? { bytes: stdout } : { problem: status === null ? `was ended by ${signal}` : `ended with ${status}` };
}
