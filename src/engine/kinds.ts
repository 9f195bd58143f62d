import type { Change } from "../model/change.ts";
import type { Problem } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import type { EnvironmentState } from "../model/plan.ts";
import type { Scope, SharedResource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { Depends } from "../plan/depending.ts";
import type { Observed } from "../plan/diff.ts";
import type { HostLeft, ResourceList } from "../plan/plan-request.ts";

/** The kinds of resources, handed to the engine, which knows none of them by name. */
export interface Kinds<Shared> extends SeenKinds {
  readonly resources: ResourceList;
  readonly shared: readonly SharedResource<Shared>[];
  /** What is missing on this machine before anything is begun. [] = nothing. */
  problems(scope: Scope, facts: Facts): readonly Problem[];
  /** Removes what outlives an environment: its uppers, and volumes that none of those that stay names. `staying` is null where the whole project goes. */
  keptSteps(scope: Scope, facts: Facts, staying: readonly Environment[] | null): readonly Step[];
  /** Takes away what an environment has on the host beside its namespaces and its directories. */
  hostSteps(scope: Scope, facts: Facts, of: HostLeft): readonly Step[];
  /** Drops what it wrote over its root, but for what lies at or below the paths `keep` inside. */
  resetSteps(scope: Scope, facts: Facts, reset: { readonly keep: readonly string[] }): readonly Step[];
  /** What is done in an environment that runs because of these changes of it, after them. */
  followUps(target: Observed, changes: readonly Change[]): readonly Change[];
  /** The changes of groups with the steps that wait for others, and what comes before them for that. */
  readonly depends: Depends;
  /** Removes what was noted of an environment beyond its run directory: the log of its process. */
  recordSteps(scope: Scope, facts: Facts): readonly Step[];
}

/** What looking needs of them. */
export interface SeenKinds {
  /** Everything that all kinds, and the description, must see of a scope. */
  factsOf(scope: Scope): readonly FactName[];
  /** Whether a fact can only be read by a process inside. */
  isInside(name: FactName): boolean;
  /** What the status tells beyond whether it runs. */
  describe(
    scope: Scope,
    facts: Facts,
  ): Pick<EnvironmentState, "uptimeSeconds" | "startSeconds" | "root" | "memoryBytes" | "processes" | "traffic" | "uplink">;
  /** What is told with a plan: unsafe settings, limits that nothing here enforces. */
  warnings(scope: Scope, facts: Facts): readonly Problem[];
}
