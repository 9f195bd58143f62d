import type { Facts } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { endRunner } from "./health-end.ts";
import { healthDigest, healthFile, runnerSteps } from "./health-runner.ts";
import type { ProcessFact } from "./process-state.ts";
import { processFacts, processPath } from "./process-state.ts";
import { supervised } from "./restart.ts";

/** How a process is asked whether it is well, and on the other side what asks it. */
export interface HealthcheckWant {
  readonly digest: string;
  readonly test: string;
  readonly found?: ProcessFact;
}

/** What asks the processes that go on whether they are well. One that is started, or ended, has it started or ended with it. */
export const healthcheck: Resource<HealthcheckWant> = {
  name: "healthcheck",
  stage: "running",
  decidedBy: ["ulimits", "oom_score_adj"],
  path: (key) => `${processPath(key)}.healthcheck`,
  facts: (scope) => processFacts(scope),
  want: (scope, facts) =>
    new Map(
      Object.entries(scope.environment.processes).flatMap(([name, process]) => {
        if (process.healthcheck === undefined || supervised(scope, facts, name) === null) return [];
        return [[name, { digest: healthDigest(process, scope.environment), test: process.healthcheck.test.slice(1).join(" ") }]];
      }),
    ),
  have: (scope, facts) => new Map(Object.keys(scope.environment?.processes ?? {}).flatMap((name) => runnerOf(scope, facts, name))),
  needs: () => [],
  compare: (want, have) => (want.digest === have.digest ? [] : [{ field: "", want: want.test, have: "another check, or other ulimits" }]),
  seen({ scope, key, facts }) {
    const runner = supervised(scope, facts, key)?.health?.runner;
    const file = healthFile(scope, key);
    return runner === undefined
      ? `${file} names nothing that runs`
      : `CLOISTER_HEALTH_WANT in the environ of ${runner.pid}, that ${file} names`;
  },
  describe: ({ test }) => test,
  create: ({ scope, key }) => [
    { type: "mkdir", title: "run directory", path: scope.places.run, mode: 0o700 },
    { type: "mkdir", title: "log directory", path: scope.places.logs, mode: 0o700 },
    ...runnerSteps(scope, key),
  ],
  update: ({ scope, key, have }) => [...endRunner(key, have.found), ...runnerSteps(scope, key)],
  remove: ({ key, have }) => endRunner(key, have.found),
};

function runnerOf(scope: Scope, facts: Facts, name: string): readonly (readonly [string, HealthcheckWant])[] {
  const found = supervised(scope, facts, name);
  const health = found?.health;
  return found === null || health === undefined ? [] : [[name, { digest: health.digest, test: "", found }]];
}
