import { readdirSync } from "node:fs";
import { readProc } from "../../src/host/proc-reader.ts";
import type { Site } from "./site.ts";
import { startOf } from "./site.ts";

/** Everything outside that has the mark of a process of this project. */
export function waiting(site: Site): readonly number[] {
  return marked(site, "CLOISTER_PROCESS");
}

/** The shells that ask processes whether they are well. */
export function checkers(site: Site): readonly number[] {
  const shells = marked(site, "CLOISTER_HEALTHCHECK").filter((pid) => readProc(`/proc/${pid}/comm`) === "sh\n");
  return shells.filter((pid) => !shells.includes(Number(/^PPid:\s+(\d+)$/m.exec(readProc(`/proc/${pid}/status`))?.[1])));
}

function marked(site: Site, variable: string): readonly number[] {
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && startOf(pid) !== null);
  return pids.filter((pid) => readProc(`/proc/${pid}/environ`).includes(`${variable}=${site.rig.project}/`));
}

/** Those that start processes anew: shells, of which each has another one for a child that waits for the process. */
export function supervisors(site: Site): readonly number[] {
  const shells = waiting(site).filter((pid) => readProc(`/proc/${pid}/comm`) === "sh\n");
  return shells.filter((pid) => !shells.includes(Number(/^PPid:\s+(\d+)$/m.exec(readProc(`/proc/${pid}/status`))?.[1])));
}
