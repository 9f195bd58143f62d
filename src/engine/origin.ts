import type { Address } from "../model/address.ts";
import { within } from "../model/address.ts";
import type { Change, Origin } from "../model/change.ts";
import type { Environment } from "../model/environment.ts";
import type { EnvironmentState, Group, Left, Plan } from "../model/plan.ts";
import { holdBack } from "../plan/hold-back.ts";
import { makePlan } from "../plan/plan.ts";
import type { PlanRequest, Target } from "../plan/plan-request.ts";
import { fieldDifferences } from "./generation.ts";
import type { Leaving } from "./leaving.ts";
import { leftIn, rulingOfEnd } from "./leaving.ts";

/** What was last applied, by name; null: not known. */
export type Last = ReadonlyMap<string, Environment> | null;

const attended: Leaving = { ignore: [], unattended: false };

/** What is to be done, each with where it comes from: want x have told apart by last x have, without the drift that is to be left. Pure, as the plan is. */
export function comparePlan<Shared>(asked: PlanRequest<Shared>, last: Last, leaving: Leaving = attended): Plan {
  const left = leftIn(asked, last, leaving);
  const addresses = new Set(left.map(({ change }) => change.address));
  const request = left.length === 0 ? asked : { ...asked, leaves: ({ address }: Change) => addresses.has(address) };
  const plan = makePlan(request);
  const edited = request.targets.some(({ applied }) => applied !== undefined);
  const targets = request.targets.map((target) => target.applied ?? target);
  const drift = edited ? makePlan({ ...request, targets, destroy: new Set<string>(), prune: false }) : plan;
  const origins = originsOf({ request, plan, drift, last });
  const explain = explainer(request, last);
  const marked = (change: Change): Change => {
    const origin = origins.get(change);
    return explain(origin === undefined ? change : { ...change, origin });
  };
  const groups = plan.groups.map((group) => ({ ...group, changes: group.changes.map(marked) }));
  const changes = groups.flatMap((group) => group.changes);
  const states = new Map(request.targets.map((target) => [target.scope.name, target]));
  const environments = plan.environments.map((state) => told(state, { target: states.get(state.name), changes, last, left }));
  return withoutEnded({ ...plan, groups, changes, environments, ...(left.length === 0 ? {} : { left }) }, { request, leaving });
}

/** Starts of environments that were ended and are to be left so. One that was never applied has not been ended. */
function withoutEnded<Shared>(
  plan: Plan,
  { request, leaving }: { readonly request: PlanRequest<Shared>; readonly leaving: Leaving },
): Plan {
  const rulings = new Map(request.targets.map((target) => [target.scope.name, rulingOfEnd(target, leaving)]));
  const rulingFor = ({ environment, origin }: Change) =>
    (origin === "drift" && environment !== null ? rulings.get(environment) : null) ?? null;
  if (!plan.changes.some((change) => rulingFor(change) !== null)) return plan;
  const { plan: kept, held } = holdBack(plan, (change) => rulingFor(change) !== null);
  const ended = held.flatMap((change): readonly Left[] => {
    const ruling = rulingFor(change);
    return ruling === null ? [] : [{ change, ...ruling }];
  });
  return { ...kept, left: [...(plan.left ?? []), ...ended] };
}

interface Comparison<Shared> {
  readonly request: PlanRequest<Shared>;
  readonly plan: Plan;
  readonly drift: Plan;
  readonly last: Last;
}

function originsOf<Shared>({ request, plan, drift, last }: Comparison<Shared>): ReadonlyMap<Change, Origin> {
  const origins = new Map<Change, Origin>();
  const drifted = new Set(drift.changes.map(({ action, address }) => `${action} ${address}`));
  const addresses = new Set(drift.changes.map(({ address }) => address));
  for (const group of plan.groups) {
    const target = request.targets.find(({ scope }) => scope.name === group.name);
    if (target === undefined || request.destroy.has(group.name)) continue;
    // What follows from making an environment anew comes from where that comes from.
    const pivot = group.changes.find((change) => change.address === group.name);
    for (const change of group.changes) {
      const whole = wholeOrigin(target, last);
      const has = pivot === undefined ? addresses.has(change.address) : drifted.has(`${pivot.action} ${pivot.address}`);
      origins.set(change, whole ?? (has ? "drift" : "pending"));
    }
  }
  for (const group of plan.groups) {
    if (request.targets.some(({ scope }) => scope.name === group.name)) continue;
    const origin = originOfShared(group, plan, origins);
    if (origin !== undefined) for (const change of group.changes) origins.set(change, origin);
  }
  return origins;
}

/** Says of a change which edited fields ask for it, its own and others that decide it, where what the kernel shows does not tell. */
function explainer<Shared>({ resources, targets }: PlanRequest<Shared>, last: Last): (change: Change) => Change {
  const deciders = new Map(resources({ visit: ({ name, decidedBy = [] }) => [name, decidedBy] as const }));
  return (change) => {
    const fields = deciders.get(change.resource) ?? [];
    const target = targets.find(({ scope }) => scope.name === change.environment);
    if (fields.length === 0 || target === undefined || change.action !== "restart-process" || change.reason !== undefined) return change;
    const deciding = [change.address, ...fields.map((field) => `${target.scope.name}.${field}`)];
    const edited = pendingOf(target, last).filter((address) => deciding.some((field) => within(field, address)));
    if (edited.length === 0) return change;
    const because = edited.map((address) => target.origins.get(address) ?? target.origins.get(outer(address))).find((place) => place);
    return { ...change, reason: `${edited.join(", ")} changed`, ...(because === undefined ? {} : { because }) };
  };
}

/** The address that this one lies in: `web.security` of `web.security.capabilities`. */
function outer(address: string): string {
  return address.replace(/(\.[^.[]+|\[[^[]*\])$/, "");
}

/** Where everything of an environment comes from; null where each change must be looked at. */
function wholeOrigin({ scope, applied }: Target, last: Last): Origin | null {
  if (last === null) return "unknown";
  if (last.has(scope.name)) return scope.environment === null ? "pending" : applied === undefined ? "drift" : null;
  return scope.keeper === null ? "pending" : "unknown";
}

/** A root is made for the environments that come after it. */
function originOfShared(group: Group, plan: Plan, origins: ReadonlyMap<Change, Origin>): Origin | undefined {
  const dependent = plan.groups.find(({ after }) => after.includes(group.name));
  return dependent?.changes[0] === undefined ? undefined : origins.get(dependent.changes[0]);
}

interface Telling {
  readonly target: Target | undefined;
  readonly changes: readonly Change[];
  readonly last: Last;
  readonly left: readonly Left[];
}

function told(state: EnvironmentState, { target, changes, last, left }: Telling): EnvironmentState {
  if (target === undefined) return state;
  const notDrifted = new Set(changes.flatMap(({ address, origin }) => (origin === "pending" ? [address] : [])));
  const ignored = left.filter(({ change, policy }) => policy === "ignore" && change.environment === state.name);
  const drifted = state.drifted.filter((address) => !notDrifted.has(address));
  const pending = pendingOf(target, last);
  return { ...state, drifted, pending, ...(ignored.length === 0 ? {} : { ignored: ignored.map(({ change }) => change.address) }) };
}

/** Addresses of what an environment's manifest says otherwise than what was last applied. */
export function pendingOf({ scope, applied }: Target, last: Last): readonly string[] {
  if (last === null || scope.environment === null) return [];
  if (!last.has(scope.name)) return scope.keeper === null ? [scope.name] : [];
  if (applied === undefined) return [];
  const differences = fieldDifferences(applied.scope.environment, scope.environment, scope.name);
  return [...new Set(differences.map(({ address }) => writtenAddress(address, scope.name)))];
}

/** How a root is taken apart into layers, what of a lock each is, and what a secret's source holds stand in no manifest: what differs there is told of the root, and of the secret. */
function writtenAddress(address: Address, environment: string): Address {
  const rootfs = `${environment}.rootfs`;
  if (["base", "layer", "locked"].some((part) => within(`${rootfs}.${part}`, address))) return rootfs;
  return within(`${environment}.secrets`, address) ? address.replace(/\.held$/, "") : address;
}
