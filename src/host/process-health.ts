import { readProc } from "./proc-reader.ts";

/** What stands of the checks of a process: what its runner wrote (resources/health-runner.ts), which is a hint of who that is. */
export interface SaidHealth {
  readonly runner: number;
  /** Of which process that was said; 0: of none yet. */
  readonly pid: number;
  readonly start: string;
  readonly status: "starting" | "healthy" | "unhealthy";
  /** How many checks in a row have failed. */
  readonly streak: number;
  /** Of the last check; null: there was none yet. */
  readonly code: number | null;
  /** What that printed, or its beginning. */
  readonly output: string;
}

/** Reads what the runner of a process's checks has said; null where there is none. */
export function readHealth(file: string): SaidHealth | null {
  const text = readProc(file);
  const match = /^0 (\d+) (\d+|-) (\d+|-) (starting|healthy|unhealthy) (\d+) (\d+|-)\n/.exec(text);
  if (match === null) return null;
  const [line, runner, pid, start = "", status, streak, code] = match;
  return {
    runner: Number(runner),
    pid: pid === "-" ? 0 : Number(pid),
    start,
    status: status === "healthy" || status === "unhealthy" ? status : "starting",
    streak: Number(streak),
    code: code === "-" ? null : Number(code),
    output: text.slice(line.length),
  };
}
