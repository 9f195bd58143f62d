import { parseLimits } from "../kernel/proc.ts";
import { resourceLimits } from "../kernel/rlimit.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";

/** The resource limits of a process by their names, -1 is unlimited; none where it does not run. */
export function processUlimits(facts: Facts, process: string): ReadonlyMap<string, { readonly soft: number; readonly hard: number }> {
  const values = parseLimits(text(facts, `process/${process}/limits`) ?? "");
  return new Map(
    Object.entries(resourceLimits).flatMap(([name, { label }]) => {
      const value = values.get(label);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** The declared limits that a process cannot be given while it runs: its hard limit would rise, and this root may not raise any. */
export function unraisable({ environment, machine }: Scope, facts: Facts, process: string): readonly string[] {
  if (machine.raisesLimits || environment === null) return [];
  const found = processUlimits(facts, process);
  const declared = { ...environment.ulimits, ...environment.processes[process]?.ulimits };
  return Object.entries(declared).flatMap(([name, { hard }]) => (isAbove(hard, found.get(name)?.hard ?? -1) ? [name] : []));
}

function isAbove(wanted: number, found: number): boolean {
  return found !== -1 && (wanted === -1 || wanted > found);
}
