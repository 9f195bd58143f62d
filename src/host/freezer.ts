import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseCgroupPaths } from "../kernel/cgroup.ts";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { ProcessEnd } from "../model/host.ts";
import { hierarchies } from "./cgroup-files.ts";
import { readProc } from "./proc-reader.ts";
import { isAlive } from "./process-end.ts";

/** Time for the kernel to hold all processes of a group, in ms; one that hangs in a call of its own is held when that returns. */
const freezingMs = 10_000;

/** Holds all processes of a control group, or lets them go on; returns when that is so. Throws `host/no-freezer`, `engine/timeout`. */
export async function setFrozen(group: string, frozen: boolean): Promise<void> {
  const file = `${group}/cgroup.freeze`;
  if (!fs.existsSync(file)) {
    throw new CloisterError({
      code: "host/no-freezer",
      severity: "error",
      message: `nothing here can freeze processes: there is no ${file}`,
      hint: "it takes control groups v2 and Linux 5.2",
    });
  }
  fs.writeFileSync(file, frozen ? "1" : "0");
  const wanted = new RegExp(`^frozen ${frozen ? 1 : 0}$`, "m");
  for (const until = monotonicMs() + freezingMs; !wanted.test(readProc(`${group}/cgroup.events`)); await delay(1)) {
    if (monotonicMs() < until) continue;
    throw new CloisterError({ code: "engine/timeout", severity: "error", message: `${group}: not all of its processes could be frozen` });
  }
}

/** Lets the group of a process go on: while it is frozen nothing in it hears a signal. */
export function thawGroupOf(process: Pick<ProcessEnd, "pid" | "start">): void {
  if (!isAlive(process)) return;
  const unified = hierarchies().find(({ version }) => version === 2);
  const own = parseCgroupPaths(readProc(`/proc/${process.pid}/cgroup`)).get("");
  const file = `${unified?.mountPoint ?? ""}${own ?? ""}/cgroup.freeze`;
  if (unified !== undefined && own !== undefined && readProc(file).trim() === "1") fs.writeFileSync(file, "0");
}
