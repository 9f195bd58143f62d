import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Dependency } from "../model/dependency.ts";
import { dependenciesOf, environmentsBefore } from "../model/dependency.ts";
import type { Environment } from "../model/environment.ts";
import type { Group } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { Depending, Depends, Life } from "../plan/depending.ts";
import type { Ordered } from "../plan/order.ts";
import { order } from "../plan/order.ts";
import { awaitStep } from "./await-process.ts";
import type { ProcessFact } from "./process-state.ts";
import { foundProcess, processPath } from "./process-state.ts";
import { stopSteps } from "./process-steps.ts";

/** Of the same environment: what is started before a process, but for what is to stay ended. */
export function startedBefore({ name, environment, stopped = {} }: Scope, process: string): readonly Address[] {
  return below(environment, process)
    .filter((other) => !Object.hasOwn(stopped, other))
    .map((other) => addressOf(name, other));
}

/** What is stopped by hand before a process that is, too: what depends on it. */
export function stoppedBefore({ name, environment, stopped = {} }: Scope, process: string): readonly Address[] {
  return above(environment, process)
    .filter((other) => Object.hasOwn(stopped, other))
    .map((other) => addressOf(name, other));
}

/** What ends before a process that is taken away: what depended on it when it was last applied. */
export function endedBefore({ name, environment, last }: Scope, process: string): readonly Address[] {
  return above(last ?? environment, process).map((other) => addressOf(name, other));
}

function addressOf(environment: string, process: string): Address {
  return `${environment}.${processPath(process)}`;
}

/** Of the same environment: what a process depends on, and what that depends on, which may stand between two that are started. */
function below(environment: Environment | null, process: string): readonly string[] {
  const all = new Set(own(environment, process));
  // What is added while it is gone through is gone through as well.
  for (const one of all) for (const other of own(environment, one)) all.add(other);
  return [...all];
}

/** Of the same environment: what depends on a process, and what depends on that. */
function above(environment: Environment | null, process: string): readonly string[] {
  return Object.keys(environment?.processes ?? {}).filter((other) => below(environment, other).includes(process));
}

function own(environment: Environment | null, process: string): readonly string[] {
  if (environment === null) return [];
  const all = dependenciesOf(environment, process).filter((one) => one.environment === environment.name);
  return all.map((one) => one.process);
}

/**
 * What is started waits for what it depends on, and comes after all of its environment that waits for nothing; of what is started anew, that stops first which depends on the others. Where
 * environments end, those go first that depend on others.
 */
export const depends: Depends = (groups, lives) => {
  const ends = endsBefore(groups, lives);
  const starting = new Set(groups.flatMap(({ changes }) => changes.filter(isStart).map(({ address }) => address)));
  return groups.map((group) => {
    const made = withWaits(group, { lives, starting });
    const before = isEnd(group) ? (ends.get(group.name) ?? []) : [];
    return before.length === 0 ? made : { ...made, needs: [...made.needs, ...before] };
  });
};

interface Whole {
  readonly lives: ReadonlyMap<string, Life>;
  /** The addresses of what all groups start. */
  readonly starting: ReadonlySet<string>;
}

function withWaits(group: Group, whole: Whole): Depending {
  const life = whole.lives.get(group.name);
  const environment = life?.scope.environment ?? null;
  if (life === undefined || environment === null) return { changes: group.changes, needs: [] };
  if (!hasDependencies(environment))
    return { changes: group.changes.map((change) => (isStart(change) ? { ...change, needs: [] } : change)), needs: [] };
  const starts = startsOf(group, { ...life, environment });
  const waits = new Map(starts.map(({ process }) => [process, waitsOf(process, environment, whole)]));
  const { early, late } = inOrder(starts, environment, waits);
  const addresses = new Set(starts.map(({ address }) => address));
  const changes = group.changes.flatMap((change) => (addresses.has(change.address) ? (early.shift() ?? []) : [change]));
  // A new name comes last: until then all is found under the old one.
  const named = changes.at(-1)?.address === group.name ? changes.splice(-1) : [];
  const needs = [...waits.values()].flat().map(({ environment: other }) => other);
  return { changes: [...changes, ...late, ...named], needs: needs.filter((name) => name !== group.name) };
}

function hasDependencies({ processes }: Environment): boolean {
  return Object.values(processes).some(({ depends_on }) => depends_on !== undefined);
}

/** A change that starts a process; the first `stops` of its steps end what runs of it. */
interface Start extends Ordered {
  readonly process: string;
  readonly change: Change;
  readonly stops: number;
}

function startsOf({ changes }: Group, { scope, facts, environment }: Life & { readonly environment: Environment }): readonly Start[] {
  const processes = new Map(Object.keys(environment.processes).map((name) => [addressOf(scope.name, name), name]));
  return order(
    changes.flatMap((change): readonly Start[] => {
      const { address, action } = change;
      const process = isStart(change) ? processes.get(address) : undefined;
      if (process === undefined) return [];
      const stops = action === "create" ? 0 : stopSteps(scope, process, foundProcess(facts, process) ?? undefined).length;
      return [{ process, change, stops, address, needs: below(environment, process).map((other) => addressOf(scope.name, other)) }];
    }),
  );
}

/** One step that waits, and for whose process. */
interface Wait {
  readonly environment: string;
  readonly step: Step;
  /** That is started by the same plan. */
  readonly isStarted: boolean;
}

/** What one process waits for before it is started: what is not so, or ends to be so by what is started. */
function waitsOf(process: string, environment: Environment, { lives, starting }: Whole): readonly Wait[] {
  return dependenciesOf(environment, process).flatMap((one): readonly Wait[] => {
    const life = lives.get(one.environment);
    const isStarted = starting.has(addressOf(one.environment, one.process));
    // The order of the steps sees to it.
    if (life === undefined || (isStarted && one.environment === environment.name && one.condition === "process_started")) return [];
    const isSo = !isStarted && !life.isNew && isMet(one, foundProcess(life.facts, one.process));
    return isSo ? [] : [{ environment: one.environment, step: awaitStep(life.scope, one), isStarted: isStarted || life.isNew }];
  });
}

/**
 * The starts with their waits, apart those that wait: all else is done before them, also what has others asked whether they are well. Each of these comes after those that
 * it needs, and after what stops for it that which depends on it; whatever else they wait for. What is stopped for another one is not stopped again, and not before what it
 * waits for is so, where nothing here is started for that.
 */
function inOrder(
  starts: readonly Start[],
  environment: Environment,
  waits: ReadonlyMap<string, readonly Wait[]>,
): { readonly early: Change[]; readonly late: readonly Change[] } {
  const stoppedFor = ({ process }: Start) => {
    const dependents = above(environment, process);
    return starts.filter((one) => one.stops > 0 && dependents.includes(one.process)).reverse();
  };
  const waitsFor = (one: Start) => {
    const others = one.stops === 0 ? [] : stoppedFor(one).flatMap(({ process }) => waits.get(process) ?? []);
    return [...(waits.get(one.process) ?? []), ...others.filter(({ isStarted }) => !isStarted)];
  };
  const late = new Set<string>();
  const isLate = ({ process }: Start) => late.has(process);
  for (const one of starts)
    if (waitsFor(one).length > 0 || below(environment, one.process).some((other) => late.has(other))) late.add(one.process);
  const early = starts.filter((one) => !isLate(one));
  // By whose steps each is stopped that ends for another one.
  const stopped = new Map<Start, Address>();
  const awaited = new Set<Wait>();
  const made = [...early, ...starts.filter(isLate)].map((one) => {
    const dependents = one.stops === 0 ? [] : stoppedFor(one);
    const first = dependents.filter((other) => !stopped.has(other));
    const before = waitsFor(one).filter((wait) => !awaited.has(wait));
    const { steps } = one.change;
    const rest = steps.slice(stopped.has(one) ? one.stops : 0);
    const endedBy = dependents.flatMap((other) => stopped.get(other) ?? []);
    for (const other of first) stopped.set(other, one.address);
    for (const wait of before) awaited.add(wait);
    const ends = first.flatMap(({ change, stops }) => change.steps.slice(0, stops));
    const made = { ...one.change, steps: [...before.map(({ step }) => step), ...ends, ...rest] };
    const needs = [...one.needs, ...endedBy];
    return isLate(one) ? { ...made, after: needs } : { ...made, needs };
  });
  return { early: made.slice(0, early.length), late: made.slice(early.length) };
}

function isStart({ resource, steps }: Change): boolean {
  return resource === "processes" && steps.some(({ type }) => type === "spawn");
}

/** Of environments that end, by name, those that end before them: which depended on them when they were last applied. */
function endsBefore(groups: readonly Group[], lives: ReadonlyMap<string, Life>): ReadonlyMap<string, readonly string[]> {
  const ends = new Map<string, string[]>();
  for (const { name } of groups.filter(isEnd)) {
    const scope = lives.get(name)?.scope;
    const environment = scope?.last ?? scope?.environment ?? null;
    for (const other of environment === null ? [] : environmentsBefore(environment)) {
      const list = ends.get(other);
      if (list === undefined) ends.set(other, [name]);
      else list.push(name);
    }
  }
  return ends;
}

function isEnd({ name, changes }: Group): boolean {
  return changes.some(({ address, action }) => address === name && action === "destroy");
}

/** Whether a process is as another one needs it. */
export function isMet({ condition }: Pick<Dependency, "condition">, found: ProcessFact | null): boolean {
  const isDone = found?.type === "ended" && found.code === 0 && found.supervisor === undefined;
  switch (condition) {
    case "process_started":
      return found?.type === "running" || isDone;
    case "process_healthy":
      return found?.type === "running" && found.health?.status === "healthy";
    case "process_completed":
      return isDone;
  }
}
