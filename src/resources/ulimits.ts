import { parseLimits } from "../kernel/proc.ts";
import { resourceLimits } from "../kernel/rlimit.ts";
import type { Ulimit } from "../model/environment.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { adjustStep } from "./adjust.ts";
import { parseProcess } from "./process.ts";

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
    const isRunning = parseProcess(text(facts, "process/main"))?.type === "running" && text(facts, "process/main/limits") !== null;
    return new Map(scope.keeper !== null && isRunning ? Object.entries(scope.environment.ulimits) : []);
  },
  have(scope, facts) {
    const shown = text(facts, "process/main/limits") ?? "";
    const values = parseLimits(shown);
    const pid = pidOf(text(facts, "process/main"));
    return new Map(
      Object.keys(scope.environment?.ulimits ?? {}).flatMap((name): readonly (readonly [string, FoundUlimit])[] => {
        const label = resourceLimits[name]?.label ?? "";
        const value = values.get(label);
        const line = shown.split("\n").find((one) => one.startsWith(label)) ?? "";
        return value === undefined ? [] : [[name, { ...value, line: `/proc/${pid}/limits: ${line.trim().replace(/\s{2,}/g, "  ")}` }]];
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

function pidOf(fact: string | null): number | null {
  const found = parseProcess(fact);
  return found?.type === "running" ? found.pid : null;
}

function shownBound(value: number): string {
  return value === -1 ? "unlimited" : String(value);
}

function set(scope: Scope, name: string, { soft, hard }: Ulimit) {
  const { number } = resourceLimits[name] ?? { number: -1 };
  return [adjustStep(scope, `ulimit ${name} ${soft}:${hard}`, [`rlimit=${number}:${soft}:${hard}`])];
}
