import { resourceLimits } from "../kernel/rlimit.ts";
import type { Ulimit } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { adjustStep } from "./adjust.ts";
import { parseProcess } from "./process.ts";
import { mainUlimits, unraisable } from "./ulimit-state.ts";

/** One resource limit of the main process. */
export interface FoundUlimit extends Ulimit {
  /** The line of its /proc/PID/limits; absent on the wanted side. */
  readonly line?: string;
}

/**
 * The declared resource limits of the main process, set on everything that runs. What enters later has them from its entry on, so they are compared only where
 * there is a main process. One that is no longer declared keeps its value and is not reported: what it was before is nowhere to be seen.
 */
export const ulimits: Resource<FoundUlimit> = {
  name: "ulimits",
  stage: "running",
  path: (key) => `ulimits.${key}`,
  facts: () => ["process/main", "process/main/limits"],
  want(scope, facts) {
    const restarted = unraisable(scope, facts);
    const declared = Object.entries(scope.environment.ulimits).filter(([name]) => !restarted.includes(name));
    return new Map(scope.keeper === null || mainUlimits(facts).size === 0 ? [] : declared);
  },
  have(scope, facts) {
    const restarted = unraisable(scope, facts);
    const names = Object.keys(scope.environment?.ulimits ?? {}).filter((name) => !restarted.includes(name));
    const found = mainUlimits(facts);
    return new Map(
      names.flatMap((name): readonly (readonly [string, FoundUlimit])[] => {
        const value = found.get(name);
        return value === undefined ? [] : [[name, { ...value, line: lineOf(name, facts) }]];
      }),
    );
  },
  needs: (scope) => [`${scope.name}.processes.main`],
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

function lineOf(name: string, facts: Facts): string {
  const found = parseProcess(text(facts, "process/main"));
  const { label } = resourceLimits[name] ?? { label: "" };
  const line = (text(facts, "process/main/limits") ?? "").split("\n").find((one) => one.startsWith(label)) ?? "";
  return `/proc/${found?.type === "running" ? found.pid : ""}/limits: ${line.trim().replace(/\s{2,}/g, "  ")}`;
}

function shownBound(value: number): string {
  return value === -1 ? "unlimited" : String(value);
}

function set(scope: Scope, name: string, { soft, hard }: Ulimit) {
  const { number } = resourceLimits[name] ?? { number: -1 };
  return [adjustStep(scope, `ulimit ${name} ${soft}:${hard}`, [`rlimit=${number}:${soft}:${hard}`])];
}
