import type { Process } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";

/** What the fact `process/NAME` tells: JSON. `digest` is of what was wanted when it was started. */
export type ProcessFact = RunningProcess | EndedProcess;

/** A process of the host, told from others by when it started. */
export interface Supervisor {
  readonly pid: number;
  readonly start: string;
}

/** How a process was when it was asked last, and what asks it. */
export interface ProcessHealth {
  readonly runner: Supervisor;
  /** Of what it was to ask when it was started. */
  readonly digest: string;
  readonly status: "starting" | "healthy" | "unhealthy";
  /** How many checks in a row have failed. */
  readonly streak: number;
  /** Of the last one; null: there was none yet. */
  readonly code: number | null;
  readonly output: string;
}

/** A process that runs, by its number on the host. */
export interface RunningProcess {
  readonly type: "running";
  readonly pid: number;
  readonly start: string;
  readonly digest: string;
  /** Its parent outside, which waits for it. */
  readonly waiter?: number;
  /** What waits for that, and would start it anew; absent: it was killed, or is of a version that had none. */
  readonly supervisor?: Supervisor;
  /** The policy that its supervisor follows. */
  readonly restart?: string;
  /** How often it was started anew in a row; absent: not once. */
  readonly restarts?: number;
  /** Absent: nothing asks it. */
  readonly health?: ProcessHealth;
}

/** A process that has ended. */
export interface EndedProcess {
  readonly type: "ended";
  /** Null: not known. */
  readonly code: number | null;
  readonly digest: string;
  /** When, in seconds since the machine was booted. */
  readonly uptime?: number;
  /** The kernel killed it because memory ran out. */
  readonly oom?: true;
  readonly restarts?: number;
  /** It was started anew as often as its policy allows. */
  readonly gaveUp?: true;
  /** Its healthcheck has had it stopped. */
  readonly unhealthy?: true;
  /** What asks it when it runs, and what it answered last. */
  readonly health?: ProcessHealth;
  /** What is about to start it anew, after how many seconds from its end on. */
  readonly supervisor?: Supervisor;
  readonly delay?: number;
  /** The policy that it follows. */
  readonly restart?: string;
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
