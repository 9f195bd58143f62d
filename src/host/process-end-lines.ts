import { readProc } from "./proc-reader.ts";

/** How a life of a process ended, as its supervisor wrote it (resources/supervisor.ts). */
export interface EndLine {
  /** Null: nobody knows, because its supervisor had been killed. */
  readonly code: number | null;
  readonly digest: string;
  /** In seconds since the machine was booted; null in what earlier versions wrote. */
  readonly uptime: number | null;
  /** Whether the kernel killed something of the environment for memory meanwhile, and this by a signal. */
  readonly oom: boolean;
  readonly verdict: "no" | "again" | "gave-up" | "unhealthy";
  /** How often it had been started anew in a row, and after how many seconds it is again. */
  readonly restarts: number;
  readonly delay: number;
  readonly supervisor: number;
}

/** What the supervisor of a process has said: the ends that are kept, the last of them last, and whether another life has begun since. */
export interface SaidEnds {
  readonly ends: readonly EndLine[];
  readonly begunAgain: boolean;
  readonly restarts: number;
  /** Who says that it has begun; 0: nobody. */
  readonly supervisor: number;
}

/** Reads what the supervisor of a process has said. */
export function readEnds(file: string): SaidEnds {
  const lines = readProc(file).split("\n");
  const ends = lines.flatMap((line) => parseEnd(line) ?? []);
  const last = lines.findLast((line) => line !== "") ?? "";
  const [, restarts, supervisor] = /^\+ [\d.]+ (\d+) (\d+)$/.exec(last) ?? [];
  return { ends, begunAgain: last.startsWith("+ "), restarts: Number(restarts ?? 0), supervisor: Number(supervisor ?? 0) };
}

function parseEnd(line: string): EndLine | null {
  const match = /^(\d+|-) ([0-9a-f]*)(?: ([\d.]+) (\d+) (no|again|gave-up|unhealthy) (\d+) (\d+) (\d+))?$/.exec(line);
  if (match === null) return null;
  const [, code = "-", digest = "", uptime, oom = "0", verdict, restarts = "0", tenths = "0", supervisor = "0"] = match;
  return {
    code: code === "-" ? null : Number(code),
    digest,
    uptime: uptime === undefined ? null : Number(uptime),
    oom: Number(oom) > 0 && code === "137",
    verdict: verdict === "again" || verdict === "gave-up" || verdict === "unhealthy" ? verdict : "no",
    restarts: Number(restarts),
    delay: Number(tenths) / 10,
    supervisor: Number(supervisor),
  };
}
