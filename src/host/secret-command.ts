import { spawnSync } from "node:child_process";

/** What a command printed, or why that is not to be had, in words that follow "its command". What it printed is in no message. */
export type Printed = { readonly bytes: Uint8Array } | { readonly problem: string };

/** Where a command runs, which variables it does not get, and how much it may print, in bytes. */
export interface Surroundings {
  readonly directory: string;
  readonly withheld: ReadonlySet<string>;
  readonly most: number;
}

/** How long it may take, in ms: nobody is asked anything on the way. */
const patienceMs = 30_000;

/**
 * Runs a command of the user's, who is told nothing of what it says: as the caller, with the caller's variables but those that are secrets themselves, without
 * a shell.
 */
export function printedBy([name = "", ...args]: readonly string[], { directory, withheld, most }: Surroundings): Printed {
  const others = Object.entries(process.env).filter(([variable]) => !withheld.has(variable));
  const { error, signal, status, stdout } = spawnSync(name, args, {
    cwd: directory,
    env: Object.fromEntries(others),
    stdio: ["ignore", "pipe", "ignore"],
    timeout: patienceMs,
    killSignal: "SIGKILL",
    maxBuffer: most,
  });
  const code = error !== undefined && "code" in error ? String(error.code) : null;
  if (code === "ETIMEDOUT") return { problem: `has not ended within ${patienceMs / 1000} s, and was ended` };
  if (code === "ENOBUFS") return { problem: `prints more than ${most / 1024} KiB` };
  if (code === "ENOENT") return { problem: "is not there" };
  if (error !== undefined) return { problem: `cannot be run (${code ?? "unknown error"})` };
  return status === 0 ? { bytes: stdout } : { problem: status === null ? `was ended by ${signal}` : `ended with ${status}` };
}
