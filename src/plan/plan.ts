import type { Change } from "../model/change.ts";
import type { Group, Plan } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import { depending } from "./depending.ts";
import type { Observed, OrderedChange } from "./diff.ts";
import { diffResource, stands } from "./diff.ts";
import { keptStart, outOfOrder, unfinishedStart } from "./ending.ts";
import { creation, destruction, recreation } from "./life.ts";
import type { Ordered } from "./order.ts";
import { order } from "./order.ts";
import type { PlanRequest, ResourceList, Target } from "./plan-request.ts";
import { renaming } from "./renaming.ts";
import { overlayChange } from "./reset.ts";
import { ridersOf, withRiders } from "./ride.ts";
import { sharedGroups, sharedOf } from "./shared-groups.ts";

/** want x have of a whole project, as groups of changes in order. Pure: it sees what was observed and touches nothing. */
export function makePlan<Shared>(request: PlanRequest<Shared>): Plan {
  const groups: (Group & Ordered)[] = [];
  const drifted = new Map<string, readonly string[]>();
  const replaced = new Set<string>();
  // What joins a namespace of an environment that is made anew rides it; so until nothing is added.
  let before = -1;
  while (before !== replaced.size) {
    before = replaced.size;
    groups.length = 0;
    for (const target of request.targets) {
      const own = environmentChanges(request, target, replaced);
      drifted.set(target.scope.name, target.scope.keeper === null ? [] : outOfOrder(target.scope.name, own));
      const changes = [...own, ...(request.followUps?.(target, own) ?? [])];
      if (changes.length === 0) continue;
      if (changes.some((change) => change.steps.some((step) => step.type === "hold"))) replaced.add(target.scope.name);
      const needs = [...joined(target.scope), ...sharedOf(request, target).map((one) => one.address)];
      groups.push({ name: target.scope.name, address: target.scope.name, changes, needs, after: [] });
    }
  }
  const needsShared = (change: Change) => isStart(change) || request.shared.some(({ name }) => name === change.resource);
  const shared = sharedGroups(request, new Set(groups.filter((group) => group.changes.some(needsShared)).map((group) => group.name)));
  const all = order([...shared, ...depending(request, groups, replaced)]);
  const names = new Set(all.map((group) => group.name));
  const orphans = request.targets.flatMap((target) => orphanChanges(request, target));
  const result = all.map(({ name, changes, needs }) => ({ name, changes, after: needs.filter((need) => names.has(need)) }));
  const environments = request.targets.map(({ state }) => ({ ...state, drifted: drifted.get(state.name) ?? [] }));
  return {
    project: request.project,
    groups: result,
    changes: result.flatMap((group) => group.changes),
    warnings: request.warnings,
    environments,
    ...(orphans.length === 0 ? {} : { orphans }),
  };
}

/** Only what the environments share: each root that is not there, or all of them, where `refresh`. */
export function makeSharedPlan<Shared>(request: PlanRequest<Shared>, refresh: boolean): Plan {
  const groups = sharedGroups(request, new Set(request.targets.map(({ scope }) => scope.name)), refresh);
  return {
    project: request.project,
    groups,
    changes: groups.flatMap((group) => group.changes),
    warnings: request.warnings,
    // Nothing is said of how they stand.
    environments: [],
  };
}

function isStart(change: Change): boolean {
  return change.steps.some((step) => step.type === "hold");
}

function joined(scope: Scope): readonly string[] {
  return Object.values(scope.environment?.namespaces ?? {}).flatMap((setting) => (setting.startsWith("join:") ? [setting.slice(5)] : []));
}

function environmentChanges<Shared>(request: PlanRequest<Shared>, observed: Target, replaced: ReadonlySet<string>): readonly Change[] {
  const target = { ...observed, fresh: withoutReplaced(observed.fresh, replaced) };
  const { scope } = target;
  if (request.destroy.has(scope.name)) return destruction(request, target, "");
  if (request.reset?.name === scope.name) return resetting(request, target, request.reset);
  if (scope.environment === null) return request.prune && scope.inactive === undefined ? destruction(request, target, notInManifest) : [];
  if (scope.keeper === null) return creation(request, target, renaming(target));
  if (!stands(scope.keeper))
    return recreation(request, target, { reason: scope.keeper.failed === undefined ? unfinishedStart : keptStart, forcing: [] });
  const found = differencesOf(request.resources, target).filter(({ change }) => request.leaves?.(change) !== true);
  const covering = found.filter(({ covers }) => covers !== null);
  const riders = request.resources({ visit: (resource) => ridersOf(resource, target, covering) }).flat();
  const changes = order(withRiders(found, riders));
  const forcing = changes.filter(({ change }) => change.action === "recreate").map(({ change }) => change);
  const ridden = joined(scope).find((name) => replaced.has(name));
  if (forcing.length > 0) return recreation(request, target, { reason: undefined, forcing });
  if (ridden !== undefined)
    return recreation(request, target, { reason: `joins namespaces of ${ridden}, which is made anew`, forcing: [] });
  // Last: what is changed before it is found where it was.
  return [...changes.map(({ change }) => change), ...renaming(target)];
}

/** A root cannot change under running processes: an environment that runs is made anew over what is left. */
function resetting<Shared>(
  request: PlanRequest<Shared>,
  target: Target,
  { keep, steps }: NonNullable<PlanRequest<Shared>["reset"]>,
): readonly Change[] {
  const { scope, facts } = target;
  const dropping = steps(scope, facts);
  const dropped = dropping.length === 0 ? [] : [overlayChange(target, dropping, keep)];
  if (scope.keeper === null) return dropped;
  const anew = { ...target, fresh: { ...target.fresh, reset: true } as const };
  return recreation(request, anew, { reason: "its root is to be as it was built", forcing: [], before: dropped });
}

const notInManifest = "not in the manifest";

/** What `--prune` would do with an environment that runs and is not in the manifest, where it is not given. */
function orphanChanges<Shared>(request: PlanRequest<Shared>, target: Target): readonly Change[] {
  const { name, environment, inactive, keeper } = target.scope;
  const stays = environment === null && inactive === undefined && keeper !== null && !request.prune && !request.destroy.has(name);
  return stays ? destruction(request, target, notInManifest) : [];
}

/** Everything of an environment that runs which is not as wanted, each by itself: not what would follow from mending it. */
export function differencesOf(resources: ResourceList, observed: Observed): readonly OrderedChange[] {
  return resources({ visit: (resource) => diffResource(resource, observed) }).flat();
}

// Whose namespaces are joined by one that is made anew: those of their new lives, which are not known yet.
function withoutReplaced(scope: Scope, replaced: ReadonlySet<string>): Scope {
  return { ...scope, keepers: new Map([...scope.keepers].filter(([name]) => !replaced.has(name))) };
}
