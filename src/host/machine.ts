import { parseCapabilityMask } from "../kernel/capability.ts";
import { parseColonLines } from "../kernel/proc.ts";
import type { Machine } from "../model/resource.ts";
import { readProc } from "./proc-reader.ts";

/** This machine, as far as our own programs must know it. `shim`: the path of shim.pl, beside which the other programs lie. */
export function machineOf(shim: string): Machine {
  const effective = parseColonLines(readProc("/proc/self/status")).get("CapEff") ?? "0";
  return {
    ...{ shim, architecture: process.arch, lastCapability: Number(readProc("/proc/sys/kernel/cap_last_cap")) },
    raisesLimits: parseCapabilityMask(effective).includes("SYS_RESOURCE"),
  };
}
