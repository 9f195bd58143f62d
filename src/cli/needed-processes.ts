import { dependenciesOf } from "../model/dependency.ts";
import type { LookingHost } from "../model/host.ts";
import type { Scope } from "../model/resource.ts";
import { isMet } from "../resources/depends-on.ts";
import { lookAt } from "./process-ends.ts";
import type { SelectedProcesses } from "./process-operands.ts";

/** How processes are looked at that others depend on. */
interface Looking {
  readonly host: LookingHost;
  /** Throws where an environment does not run. */
  readonly running: (name: string) => Scope;
  /** Whether those that run are started anew; else they need nothing. */
  readonly anew: boolean;
}

/**
 * What is started before these processes are: what they depend on that does not run, and what that depends on. What runs, or is about to be started anew, is
 * left alone, and so is a job that is done. Throws where an environment of these does not run.
 */
export function neededProcesses(selected: readonly SelectedProcesses[], { host, running, anew }: Looking): readonly SelectedProcesses[] {
  const scopes = new Map(selected.map(({ scope }) => [scope.name, scope]));
  const all = selected.flatMap(({ scope, names }) => names.map((process) => ({ scope, process })));
  const asked = new Set(all.map(({ scope, process }) => `${scope.name}/${process}`));
  const queue = all.filter(({ scope, process }) => anew || lookAt(host, scope, process)?.type !== "running");
  const needed: typeof queue = [];
  // What is added while it is gone through is gone through as well.
  for (const one of queue) {
    const { environment } = one.scope;
    for (const dependency of environment === null ? [] : dependenciesOf(environment, one.process)) {
      const { environment: name, process } = dependency;
      if (asked.has(`${name}/${process}`)) continue;
      asked.add(`${name}/${process}`);
      const scope = scopes.get(name) ?? running(name);
      scopes.set(name, scope);
      const found = lookAt(host, scope, process);
      if (found?.type === "running" || found?.supervisor !== undefined || isMet(dependency, found)) continue;
      needed.push({ scope, process });
      queue.push({ scope, process });
    }
  }
  return needed.map(({ scope, process }) => ({ scope, names: [process] }));
}
