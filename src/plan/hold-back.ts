import type { Change } from "../model/change.ts";
import type { Group, Plan } from "../model/plan.ts";

/** A plan without what may not be done now, and that. */
export interface HeldBack {
  readonly plan: Plan;
  /** Of an environment that would start or end as a whole, only the change that stands for it. */
  readonly held: readonly Change[];
}

/** Leaves changes out of a plan. A start is one transaction, so it is held back as a whole, and with it whatever needs it; a root that nobody needs then is not built. */
export function holdBack(plan: Plan, isHeld: (change: Change) => boolean): HeldBack {
  // Also a plan of roots alone, which no environment of it needs.
  if (!plan.changes.some(isHeld)) return { plan, held: [] };
  const held: Change[] = [];
  const gone = new Set<string>();
  const kept = plan.groups.flatMap((group): readonly Group[] => {
    if ((isWhole(group) && group.changes.some(isHeld)) || group.after.some((name) => gone.has(name))) {
      gone.add(group.name);
      held.push(...group.changes.filter(({ address, environment }) => address === environment || environment === null));
      if (!held.some(({ environment }) => environment === group.name)) held.push(...group.changes.slice(0, 1));
      return [];
    }
    const done = new Set(group.changes.filter((change) => !isHeld(change)).map(({ address }) => address));
    // What nothing is done for any more is neither done nor missed.
    const own = group.changes.filter(({ follows }) => follows === undefined || follows.some((address) => done.has(address)));
    held.push(...own.filter(isHeld));
    const changes = own.filter((change) => !isHeld(change));
    return changes.length === 0 ? [] : [{ ...group, changes }];
  });
  const groups = kept.filter(({ name, changes }) => changes[0]?.environment !== null || kept.some(({ after }) => after.includes(name)));
  return { plan: { ...plan, groups, changes: groups.flatMap(({ changes }) => changes) }, held: [...new Set(held)] };
}

/** Whether its changes are one: a start, an end, both, or a root. */
function isWhole({ changes }: Group): boolean {
  return changes.some(({ address, environment, steps }) => address === environment || environment === null || steps.some(isHold));
}

function isHold({ type }: Change["steps"][number]): boolean {
  return type === "hold";
}
