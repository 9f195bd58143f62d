import type { Facts } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { formerDigest, processDigest } from "./process-definition.ts";
import type { ProcessFact } from "./process-state.ts";
import { foundProcess, processFacts, processPath } from "./process-state.ts";
import { adoptionSteps } from "./process-steps.ts";
import { policyFile } from "./supervisor.ts";

/** The restart policy of a process, and on the other side who follows which. */
export interface RestartPolicy {
  readonly policy: string;
  readonly found?: ProcessFact;
}

/**
 * The restart policies of the processes that run, or are about to. A process is started with its own; another one is written for its supervisor, which reads it when
 * the process ends. Where the supervisor was killed, a new one looks after what runs on.
 */
export const restart: Resource<RestartPolicy> = {
  name: "restart",
  stage: "running",
  path: (key) => `${processPath(key)}.restart`,
  facts: (scope) => processFacts(scope),
  want: (scope, facts) =>
    new Map(
      Object.keys(scope.environment.processes).flatMap((name) => {
        const policy = scope.environment.processes[name]?.restart ?? "no";
        return supervised(scope, facts, name) === null ? [] : [[name, { policy }]];
      }),
    ),
  have: (scope, facts) =>
    new Map(
      Object.keys(scope.environment?.processes ?? {}).flatMap((name) => {
        const found = supervised(scope, facts, name);
        return found === null ? [] : [[name, { policy: found.restart ?? "no", found }]];
      }),
    ),
  // The address lies in that of the process, and kinds are in order.
  needs: () => [],
  compare(want, { policy, found }) {
    if (want.policy === policy) return [];
    return [{ field: "", want: want.policy, have: found?.supervisor === undefined ? "its supervisor is not there" : policy }];
  },
  seen({ scope, key, facts }) {
    const found = supervised(scope, facts, key);
    if (found?.supervisor === undefined) return "no parent of what waits for the process has CLOISTER_RESTART in its environ";
    return `CLOISTER_RESTART in the environ of ${found.supervisor.pid}, or ${policyFile(scope, key)}`;
  },
  describe: ({ policy }) => policy,
  create: () => [],
  update({ scope, key, want, have: { found } }) {
    if (found?.type === "running" && found.supervisor === undefined) return adoptionSteps(scope, key, found);
    const content = `${found?.supervisor?.pid ?? 0} ${want.policy}\n`;
    return [
      { type: "mkdir", title: "run directory", path: scope.places.run, mode: 0o700 },
      { type: "write", title: `restart policy of ${key}`, path: policyFile(scope, key), content, to: "file", mode: 0o600 },
    ];
  },
  remove: () => [],
};

/** A process that goes on as it is: it runs, or its supervisor is about to start it. */
export function supervised(scope: Scope, facts: Facts, name: string): ProcessFact | null {
  const { environment, stopped = {}, anew = {} } = scope;
  const process = environment?.processes[name];
  const found = foundProcess(facts, name);
  if (scope.keeper === null || environment === null || process === undefined || found === null) return null;
  if (Object.hasOwn(stopped, name) || anew[name] === "all" || (found.type === "ended" && anew[name] !== undefined)) return null;
  if (found.type === "ended" && found.supervisor === undefined) return null;
  // Of one that is started anew everything is.
  return [processDigest(process, environment), formerDigest(process, environment)].includes(found.digest) ? found : null;
}
