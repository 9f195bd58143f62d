import type { Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import type { EnvironmentState } from "../model/plan.ts";
import type { Resource, Scope, SharedResource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { Depends } from "./depending.ts";
import type { Observed } from "./diff.ts";

/** What applies a function to every kind of resource, whatever its types are, in the order in which they are made. */
export type ResourceList = <Result>(visitor: { visit<Want, Have>(resource: Resource<Want, Have>): Result }) => readonly Result[];

/** One environment as it was observed, with what is needed to make it anew. */
export interface Target extends Observed {
  /** The scope that it would have after a start: a new id, no keeper. */
  readonly fresh: Scope;
  /** Directories and control groups of earlier lives that ended; swept before a start. */
  readonly remnants: readonly Scope[];
  readonly state: EnvironmentState;
  /** The same, wanted as it was last applied; absent where that is what is wanted now, or is not known. */
  readonly applied?: Target;
}

/** What is to go of an environment's on the host: what earlier lives left, and, where it ends, its own. */
export interface HostLeft {
  readonly remnants: readonly Scope[];
  readonly ends: boolean;
}

/** What a plan is made from. */
export interface PlanRequest<Shared> {
  readonly project: string;
  readonly targets: readonly Target[];
  /** Environments that nothing is done to, and on whose processes those of the targets depend; absent: none. */
  readonly beside?: readonly Observed[];
  readonly resources: ResourceList;
  readonly shared: readonly SharedResource<Shared>[];
  /** Environments to end whatever the manifest says; all that run without being wanted, where `prune`. */
  readonly destroy: ReadonlySet<string>;
  readonly prune: boolean;
  /** Whether what an environment wrote goes with it, and the steps for that. */
  readonly volumes: boolean;
  readonly keptSteps: (scope: Scope, facts: Facts) => readonly Step[];
  /** Takes away what an environment has on the host beside its namespaces and its directories. */
  readonly hostSteps: (scope: Scope, facts: Facts, of: HostLeft) => readonly Step[];
  /** Drops what an environment wrote over its root; null where that is not asked for. */
  readonly reset?: {
    readonly name: string;
    readonly keep: readonly string[];
    readonly steps: (scope: Scope, facts: Facts) => readonly Step[];
  };
  /** What is done in an environment that runs because of these changes of it, after them; absent: nothing. */
  readonly followUps?: (target: Observed, changes: readonly Change[]) => readonly Change[];
  /** The changes of groups with the steps that wait for others, and what comes before them for that. Absent: nothing is waited for. */
  readonly depends?: Depends;
  /** Removes what was noted of an environment. */
  readonly recordSteps: (scope: Scope, facts: Facts) => readonly Step[];
  readonly warnings: readonly Diagnostic[];
  /** What of an environment that runs is left as it is; absent: nothing. A start is never cut. */
  readonly leaves?: (change: Change) => boolean;
}
