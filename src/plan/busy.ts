import type { Blocked, Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Use } from "../model/holder.ts";
import { holdersInWords } from "../model/holder.ts";
import type { Group, Plan } from "../model/plan.ts";
import type { Step } from "../model/step.ts";

/** Who uses the mounts at a target of an environment. */
export type Uses = (environment: string, target: string) => readonly Use[];

/** The targets that a change unmounts, each as often as it does; [] for one that waits for nobody to be done with them. */
export function unmountedBy({ steps }: Change): readonly string[] {
  return steps.flatMap((step) => strictTarget(step) ?? []);
}

/** The same plan, in which each change that would unmount what is in use says by whom, and with it what depends on it: what lies there, and what comes there. */
export function withBlocked(plan: Plan, uses: Uses): Plan {
  return mapped(plan, (changes) => {
    const busy = changes.map((change) => ({ ...change, ...blockedBy(change, uses) })).filter(({ blocked }) => blocked !== undefined);
    return changes.map((change) => {
      const own = busy.find(({ address, action }) => address === change.address && action === change.action);
      if (own !== undefined) return own;
      const blocked = busy.find((other) => dependsOn(change, other))?.blocked;
      return blocked === undefined ? change : { ...change, blocked };
    });
  });
}

/** The same plan, in which nothing waits for processes: what is in use is detached, and gone for good when they are done with it. */
export function withLazyUnmounts(plan: Plan): Plan {
  return mapped(plan, (changes) => changes.map((change) => ({ ...change, steps: change.steps.map(lazily) })));
}

/** Whether a change is left out because of processes that use what it would unmount. */
export function isBlocked({ blocked }: Change): boolean {
  return blocked !== undefined;
}

/** Whether it is one of these, by what it does to what. */
export function isAmong(changes: readonly Change[], { action, address }: Change): boolean {
  return changes.some((one) => one.action === action && one.address === address);
}

/** What is told of changes that were left out: for each that is in use by whom, and what was left out with it. */
export function busyDiagnostics(held: readonly Change[]): readonly Diagnostic[] {
  return held.flatMap(({ address, blocked }) => {
    if (blocked?.of !== address) return [];
    const others = held.filter((other) => other.blocked?.of === address && other.address !== address).map((other) => other.address);
    const also = others.length === 0 ? "" : ` (and what depends on it: ${others.join(", ")})`;
    return [
      {
        code: "engine/busy",
        severity: "error",
        message: `${address} was left out, because it is in use${also}: ${holdersInWords(blocked.holders)}`,
        hint: "end that and apply again, or detach it all the same with --lazy: what is open stays open, on the old mount",
      },
    ];
  });
}

function mapped(plan: Plan, change: (changes: readonly Change[]) => readonly Change[]): Plan {
  const groups = plan.groups.map((group): Group => ({ ...group, changes: change(group.changes) }));
  return { ...plan, groups, changes: groups.flatMap(({ changes }) => changes) };
}

function strictTarget(step: Step): string | null {
  if (step.type !== "shim") return null;
  const [name, target, lazy] = step.operation;
  return name === "detach" && typeof target === "string" && lazy === "0" ? target : null;
}

function lazily(step: Step): Step {
  const target = strictTarget(step);
  return target === null || step.type !== "shim" ? step : { ...step, operation: ["detach", target, "1"] };
}

function blockedBy(change: Change, uses: Uses): { readonly blocked?: Blocked } {
  const { environment, address } = change;
  const targets = unmountedBy(change);
  const holders = [...new Set(targets)].flatMap((target) => {
    const times = targets.filter((one) => one === target).length;
    return uses(environment ?? "", target).filter(({ depth }) => depth < times);
  });
  return holders.length === 0 ? {} : { blocked: { of: address, holders: holders.map(({ depth: _, ...holder }) => holder) } };
}

/** What only goes can go before what it lies on. */
function dependsOn({ action, target }: Change, other: Change): boolean {
  if (action === "destroy" || target === undefined || other.target === undefined) return false;
  return target === other.target || target.startsWith(`${other.target}/`);
}
