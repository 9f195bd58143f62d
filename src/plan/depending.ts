import type { Group } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import type { Observed } from "./diff.ts";
import type { Ordered } from "./order.ts";

/** An environment as it is when a plan is carried out. */
export interface Life extends Pick<Observed, "scope" | "facts"> {
  /** It is started by the plan: nothing of it that was observed is so then. */
  readonly isNew: boolean;
}

/** Of each group its changes, with the steps that wait for others where it starts processes, and the environments that come before it. */
export type Depends = (groups: readonly Group[], lives: ReadonlyMap<string, Life>) => readonly Depending[];

/** What becomes of a group. */
export type Depending = Pick<Ordered, "needs"> & Pick<Group, "changes">;

interface Request {
  readonly depends?: Depends;
  readonly targets: readonly (Pick<Life, "scope" | "facts"> & { readonly fresh: Scope })[];
  readonly beside?: readonly Pick<Life, "scope" | "facts">[];
}

/** The groups, each after those that its processes depend on. `started`: the environments that the plan starts. */
export function depending(
  { depends, targets, beside = [] }: Request,
  groups: readonly (Group & Ordered)[],
  started: ReadonlySet<string>,
): readonly (Group & Ordered)[] {
  if (depends === undefined) return groups;
  const lives = new Map<string, Life>(beside.map(({ scope, facts }) => [scope.name, { scope, facts, isNew: false }]));
  for (const { scope, fresh, facts } of targets) {
    const isNew = started.has(scope.name);
    lives.set(scope.name, { scope: isNew ? fresh : scope, facts, isNew });
  }
  const all = depends(groups, lives);
  return groups.map((group, index) => {
    const { changes = group.changes, needs = [] } = all[index] ?? {};
    return { ...group, changes, needs: [...new Set([...group.needs, ...needs])] };
  });
}
