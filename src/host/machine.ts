import { parseCapabilityMask } from "../kernel/capability.ts";
import { parseColonLines } from "../kernel/proc.ts";
import type { Machine } from "../model/resource.ts";
import { readProc } from "./proc-reader.ts";
import { klibc } from "./tool-list.ts";
import { findTool } from "./tools.ts";

/** This machine, as far as our own programs must know it. `shim`: the path of shim.pl, beside which the other programs lie. */
export function machineOf(shim: string): Machine {
  const effective = parseColonLines(readProc("/proc/self/status")).get("CapEff") ?? "0";
  return {
    ...{ shim, architecture: process.arch, lastCapability: Number(readProc("/proc/sys/kernel/cap_last_cap")) },
    raisesLimits: parseCapabilityMask(effective).includes("SYS_RESOURCE"),
    ...smallPrograms(),
  };
}

/** Those of klibc, where it is installed: the same shell (dash), cat and sleep, in half of the memory; and what they take does not hang on who else uses the C library. */
function smallPrograms(): Pick<Machine, "small"> {
  const [sh, cat, sleep] = [findTool(klibc.sh), findTool(klibc.cat), findTool(klibc.sleep)];
  return sh === null || cat === null || sleep === null ? {} : { small: { sh, cat, sleep } };
}
