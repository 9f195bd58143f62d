import type { Diagnostic } from "../model/diagnostic.ts";
import type { Fact, FactName, Facts } from "../model/fact.ts";
import type { InsideRequest, LookingHost } from "../model/host.ts";
import type { EnvironmentState } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import type { Target } from "../plan/plan-request.ts";
import type { SeenKinds } from "./kinds.ts";
import { livesOf } from "./locate.ts";
import { placed } from "./placed.ts";
import type { Subject } from "./subject.ts";

/** Looks at everything once: discovers the lives of the environments, then reads the facts of each, all in one pass and with at most one process. */
export async function observe(host: LookingHost, kinds: SeenKinds, subject: Subject): Promise<readonly Target[]> {
  const lives = livesOf(host, subject);
  const asked = lives.map(({ scope, applied }) => ({
    scope,
    names: [...new Set([...kinds.factsOf(scope), ...(applied === undefined ? [] : kinds.factsOf(applied.scope))])],
  }));
  const read = await readFacts(host, kinds, asked);
  const origins = subject.manifest?.origins ?? new Map();
  return lives.map(({ scope, fresh, remnants, applied }, index) => {
    const facts = asFacts(read[index] ?? new Map(), kinds);
    const target = { scope, fresh, remnants, facts, origins, state: stateOf(scope, facts, kinds) };
    return applied === undefined ? target : { ...target, applied: { ...target, ...applied } };
  });
}

/** What is asked of each scope, from outside and from inside. */
async function readFacts(
  host: LookingHost,
  kinds: SeenKinds,
  asked: readonly InsideRequest[],
): Promise<readonly ReadonlyMap<FactName, Fact>[]> {
  const requests = asked.flatMap(({ scope, names }) => {
    const inside = names.filter((name) => kinds.isInside(name));
    if (scope.keeper?.assembled === true) return [{ scope, names: inside }];
    const around = inside.filter((name) => name.startsWith("machine/"));
    return around.length === 0 ? [] : [{ scope: { ...scope, keeper: null }, names: around }];
  });
  // Another process looks inside, while this one looks from outside.
  const looking = host.collectInside(requests);
  const machine = new Map<FactName, Fact>();
  const outside = asked.map(({ scope, names }) => ({ scope, facts: new Map(host.collect(scope, names, machine)) }));
  const inside = await looking;
  requests.forEach(({ scope }, index) => {
    const facts = outside.find((one) => one.scope.name === scope.name)?.facts;
    for (const [name, fact] of inside[index] ?? []) facts?.set(name, fact);
  });
  return outside.map(({ facts }) => facts);
}

function asFacts(facts: ReadonlyMap<FactName, Fact>, kinds: SeenKinds): Facts {
  return {
    get(name) {
      const fact = facts.get(name);
      if (fact !== undefined) return fact;
      // Of what does not run there is nothing to be read inside.
      if (kinds.isInside(name)) return { absent: "not running" };
      throw new Error(`the fact ${name} was not declared`);
    },
  };
}

function stateOf(scope: Scope, facts: Facts, kinds: SeenKinds): EnvironmentState {
  const { keeper } = scope;
  const seen = kinds.describe(scope, facts);
  return {
    name: scope.name,
    state: stateNow(scope),
    ...(keeper?.failed === undefined ? {} : { failure: keeper.failed.why }),
    id: keeper === null ? null : scope.id,
    pid: keeper?.pid ?? null,
    ...seen,
    drifted: [],
    pending: [],
  };
}

function stateNow(scope: Scope): EnvironmentState["state"] {
  const { keeper, environment } = scope;
  if (keeper === null) return "absent";
  if (!keeper.assembled) return keeper.failed === undefined ? "unfinished" : "failed";
  return environment === null ? unwanted(scope) : "running";
}

function unwanted({ inactive }: Scope): "inactive" | "transient" | "orphan" {
  if (inactive === undefined) return "orphan";
  return inactive === "command" ? "transient" : "inactive";
}

/** What to tell with a plan of these targets. */
export function warningsOf(targets: readonly Target[], kinds: SeenKinds): readonly Diagnostic[] {
  const warnings = targets.flatMap(({ scope, facts, origins }): readonly Diagnostic[] => {
    if (scope.environment !== null) return placed(kinds.warnings(scope, facts), origins);
    if (scope.keeper === null || scope.inactive !== undefined) return [];
    const message = `${scope.name} runs (pid ${scope.keeper.pid}) and is not in the manifest`;
    return [{ code: "engine/orphan", severity: "warning", message, hint: `--prune ends it; cloister destroy ${scope.name} too` }];
  });
  // What several environments have in common is said once.
  return [...new Map(warnings.map((warning) => [warning.message, warning])).values()];
}
