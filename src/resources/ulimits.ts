import { resourceLimits } from "../kernel/rlimit.ts";
import type { Ulimit } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { adjustStep } from "./adjust.ts";
import { ownGroup } from "./keeper.ts";
import type { WantedProcess } from "./process-state.ts";
import { processFacts, processPart, processPath, runningProcesses } from "./process-state.ts";
import { processUlimits, unraisable } from "./ulimit-state.ts";

/** One resource limit of the processes. */
export interface FoundUlimit extends Ulimit {
  /** The line of a process's /proc/PID/limits; absent on the wanted side. */
  readonly line?: string;
}

/**
 * The declared resource limits of the processes, set on everything that runs, and those of single processes, which have `PROCESS/NAME` as their key, on these.
 * What enters later has them from its entry on, so they are compared only where a process runs. One that is no longer declared keeps its value and is not
 * reported: what it was before is nowhere to be seen.
 */
export const ulimits: Resource<FoundUlimit> = {
  name: "ulimits",
  stage: "running",
  path(key) {
    const { process, name } = partsOf(key);
    return process === null ? `ulimits.${name}` : `${processPath(process)}.ulimits.${name}`;
  },
  facts: (scope) => processFacts(scope, "limits"),
  want: (scope, facts) => new Map(scope.keeper === null ? [] : declared(scope).filter(([key]) => limited(scope, facts, key).length > 0)),
  have: (scope, facts) =>
    new Map(
      declared(scope).flatMap(([key, want]): readonly (readonly [string, FoundUlimit])[] => {
        const found = limited(scope, facts, key);
        // The worst is told: the field is one.
        const one = found.find(({ soft, hard }) => soft !== want.soft || hard !== want.hard) ?? found[0];
        return one === undefined ? [] : [[key, one]];
      }),
    ),
  // Of a process's own the address lies in that of the process, and kinds are in order.
  needs: (scope, key) => (partsOf(key).process === null ? [`${scope.name}.processes`] : []),
  compare: (want, have) =>
    (["soft", "hard"] as const)
      .filter((field) => want[field] !== have[field])
      .map((field) => ({
        ...{ field, want: shownBound(want[field]), have: shownBound(have[field]) },
        ...(have.line === undefined ? {} : { evidence: have.line }),
      })),
  describe: ({ soft, hard }) => (soft === hard ? shownBound(soft) : `${shownBound(soft)}, at most ${shownBound(hard)}`),
  create: ({ scope, key, want }) => set(scope, key, want),
  update: ({ scope, key, want }) => set(scope, key, want),
  remove: () => [],
};

function declared({ environment }: Scope): readonly (readonly [string, Ulimit])[] {
  const own = Object.entries(environment?.processes ?? {}).flatMap(([process, { ulimits: limits }]) =>
    Object.entries(limits).map(([name, limit]) => [`${process}/${name}`, limit] as const),
  );
  return [...Object.entries(environment?.ulimits ?? {}), ...own];
}

function partsOf(key: string): { readonly process: string | null; readonly name: string } {
  const slash = key.indexOf("/");
  return { process: slash === -1 ? null : key.slice(0, slash), name: key.slice(slash + 1) };
}

/** What those processes have that a limit is for, and that can be given it while they run. */
function limited(scope: Scope, facts: Facts, key: string): readonly FoundUlimit[] {
  const { process, name } = partsOf(key);
  return runningProcesses(scope, facts).flatMap((one) => {
    const isMeant = process === null ? !(name in one.process.ulimits) : one.name === process;
    const value = isMeant ? processUlimits(facts, one.name).get(name) : undefined;
    if (value === undefined || unraisable(scope, facts, one.name).includes(name)) return [];
    return [{ ...value, line: lineOf(one, name, facts) }];
  });
}

function lineOf({ name: process, found }: WantedProcess, name: string, facts: Facts): string {
  const { label } = resourceLimits[name] ?? { label: "" };
  const line = (text(facts, `process/${process}/limits`) ?? "").split("\n").find((one) => one.startsWith(label)) ?? "";
  return `/proc/${found.pid}/limits: ${line.trim().replace(/\s{2,}/g, "  ")}`;
}

function shownBound(value: number): string {
  return value === -1 ? "unlimited" : String(value);
}

function set(scope: Scope, key: string, { soft, hard }: Ulimit) {
  const { process, name } = partsOf(key);
  const { number } = resourceLimits[name] ?? { number: -1 };
  const parts = process === null ? partsWithout(scope, name) : [processPart(process)];
  const groups = parts?.flatMap((part) => ownGroup(scope, part) ?? []);
  const of = process === null ? "" : `${process}: `;
  return [adjustStep(scope, `${of}ulimit ${name} ${soft}:${hard}`, { settings: [`rlimit=${number}:${soft}:${hard}`], groups })];
}

/** Where some processes have a limit of their own: the groups of all others. */
function partsWithout(scope: Scope, name: string): readonly string[] | undefined {
  const all = Object.entries(scope.environment?.processes ?? {});
  const others = all.filter(([, { ulimits: own }]) => !(name in own)).map(([process]) => processPart(process));
  return others.length === all.length ? undefined : [...others, "exec"];
}
