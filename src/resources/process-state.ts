import type { Process } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";

/** What the fact `process/NAME` tells: JSON. `digest` is of what was wanted when it was started. */
export type ProcessFact = RunningProcess | { readonly type: "ended"; readonly code: number; readonly digest: string };

/** A process that runs, by its number on the host. */
export interface RunningProcess {
  readonly type: "running";
  readonly pid: number;
  readonly start: string;
  readonly digest: string;
}

/** Those that have a control group and no such name: JSON, by name, as `process/NAME` tells one. */
const othersFact: FactName = "processes/others";

/** What must be seen of the processes; with `file`, a file of each of them in /proc as well. */
export function processFacts(scope: Scope, file?: string): readonly FactName[] {
  const names = processNames(scope).map((name) => `process/${name}`);
  return file === undefined ? [...names, othersFact] : names.flatMap((name) => [name, `${name}/${file}`]);
}

/** One process as it was found; null where it is not there and never was one that we know of. */
export function foundProcess(facts: Facts, name: string): ProcessFact | null {
  return parseProcess(text(facts, `process/${name}`));
}

/** All that were found, by name: those of the manifest first. */
export function foundProcesses(scope: Scope, facts: Facts): ReadonlyMap<string, ProcessFact> {
  const others: Readonly<Record<string, ProcessFact>> = JSON.parse(text(facts, othersFact) ?? "{}");
  const known = processNames(scope).map((name) => [name, foundProcess(facts, name)] as const);
  return new Map([...known, ...Object.entries(others)].flatMap(([name, found]) => (found === null ? [] : [[name, found] as const])));
}

/** A wanted process that runs. */
export interface WantedProcess {
  readonly name: string;
  readonly process: Process;
  readonly found: RunningProcess;
}

/** The wanted processes that run. */
export function runningProcesses({ environment }: Pick<Scope, "environment">, facts: Facts): readonly WantedProcess[] {
  return Object.entries(environment?.processes ?? {}).flatMap(([name, process]) => {
    const found = foundProcess(facts, name);
    return found?.type === "running" ? [{ name, process, found }] : [];
  });
}

/** Parses the fact; null where there is no process and never was one that we know of. */
export function parseProcess(text: string | null): ProcessFact | null {
  if (text === null) return null;
  const fact: ProcessFact = JSON.parse(text);
  return fact;
}

/** The part of an environment's control groups that is a process's own. */
export function processPart(name: string): `p-${string}` {
  return `p-${name}`;
}

/** The address of one process, inside its environment. */
export function processPath(name: string): string {
  return `processes.${name}`;
}
