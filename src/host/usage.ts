import { monotonicMs } from "../model/clock.ts";
import type { Scope } from "../model/resource.ts";
import type { GroupUsage, UsageLook, Used } from "../model/usage.ts";
import { groupPids } from "./cgroup-files.ts";
import { parseUsage } from "./group-usage.ts";
import { readNames, readProc } from "./proc-reader.ts";
import { groupOfParts } from "./process-facts.ts";

/** What environments that run use, and what each of their processes does. Reads only. */
export function readUsage(scopes: readonly Scope[]): UsageLook {
  const environments = scopes.map((scope) => ({ name: scope.name, usage: usageIn(scope.places.cgroups, ""), parts: partsIn(scope) }));
  return { atMs: monotonicMs(), environments };
}

type Groups = Scope["places"]["cgroups"];

/** What runs in the groups of the environment's parts: they are in one hierarchy only. */
function partsIn(scope: Scope): readonly Used[] {
  const group = groupOfParts(scope);
  if (group === undefined) return [];
  return readNames(group.path).flatMap((directory): readonly Used[] => {
    const process = /^p-(.*)$/.exec(directory)?.[1];
    if (process === undefined && directory !== "exec") return [];
    const pids = groupPids(`${group.path}/${directory}`);
    if (pids.length === 0) return [];
    const usage = usageIn(scope.places.cgroups, `/${directory}`);
    const counted = { memoryBytes: usage.memoryBytes ?? memoryOf(pids), tasks: usage.tasks ?? pids.length };
    return [{ name: process === undefined ? directory : `processes.${process}`, usage: { ...usage, ...counted } }];
  });
}

function usageIn(groups: Groups, below: string): GroupUsage {
  return parseUsage((version, file) => {
    for (const { hierarchy, path } of groups) {
      const text = hierarchy.version === version ? readProc(`${path}${below}/${file}`) : "";
      if (text !== "") return text;
    }
    return "";
  });
}

/** What processes have in memory, pages that several have divided among them: where no group counts it. */
function memoryOf(pids: readonly number[]): number {
  const own = (pid: number) => Number(/^Pss:\s+(\d+) kB$/m.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
  return pids.reduce((sum, pid) => sum + own(pid), 0);
}
