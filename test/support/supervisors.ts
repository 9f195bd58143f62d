import { readdirSync } from "node:fs";
import { readProc } from "../../src/host/proc-reader.ts";
import type { Site } from "./site.ts";
import { startOf } from "./site.ts";

/** Everything outside that has the mark of a process of this project. */
export function waiting(site: Site): readonly number[] {
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && startOf(pid) !== null);
  return pids.filter((pid) => readProc(`/proc/${pid}/environ`).includes(`CLOISTER_PROCESS=${site.rig.project}/`));
}

/** Those that start processes anew. */
export function supervisors(site: Site): readonly number[] {
  return waiting(site).filter((pid) => readProc(`/proc/${pid}/comm`) === "sh\n");
}
