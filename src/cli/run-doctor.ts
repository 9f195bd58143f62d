import type { Context } from "./context.ts";

/** Checks the machine and writes the report; returns the exit code. */
export function runDoctor(_context: Context): Promise<number> {
  return Promise.reject(new Error("the checks of the machine are not wired in"));
}
