import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Site } from "../support/site.ts";
import { until } from "../support/until.ts";

/** How a run ended that stood still in between; `code` is null where a signal ended it. */
export interface Stopped {
  readonly code: number | null;
  readonly output: string;
}

/** Longer than a run takes to get to any of its steps, in ms. */
const longestMs = 60_000;

/** A run that stops itself at a place (`before:3`, `after:lock`), has something done to it, and goes on to its end. */
export async function stoppedAt(
  { rig }: Site,
  { place, verb }: { readonly place: string; readonly verb: readonly string[] },
  act: (pid: number) => unknown,
): Promise<Stopped> {
  const [program, ...args] = rig.command(...verb, "--progress", "plain");
  const env = { ...rig.env, CLOISTER_FAILPOINT: `stop:${place}` };
  const child = spawn(program, args, { cwd: rig.directory, env, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid ?? 0;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, "close");
  try {
    await until("it stops or ends", () => child.exitCode !== null || stateOf(pid) === "T", longestMs);
    if (child.exitCode === null) await act(pid);
  } finally {
    child.kill("SIGCONT");
    await closed;
  }
  return { code: child.exitCode, output };
}

/** The state letter of a process; "" where there is none. */
export function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  } catch {
    return "";
  }
}
