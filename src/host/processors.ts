import { parseCpuList } from "../kernel/cpu-list.ts";
import { parseColonLines } from "../kernel/proc.ts";
import { readProc } from "./proc-reader.ts";

/** How many processors this process may run on. From /proc: node:os takes longer to load than this to read. */
export function availableProcessors(): number {
  const allowed = parseColonLines(readProc("/proc/self/status")).get("Cpus_allowed_list") ?? "";
  return Math.max(1, parseCpuList(allowed)?.length ?? 1);
}
