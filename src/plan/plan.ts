import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import type { EnvironmentState, Group, Plan } from "../model/plan.ts";
import type { Resource, Scope, SharedResource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { Depends } from "./depending.ts";
import { depending } from "./depending.ts";
import type { Observed, OrderedChange } from "./diff.ts";
import { createResource, diffResource, removeResource, stands } from "./diff.ts";
import { keptStart, outOfOrder, unfinishedStart } from "./ending.ts";
import type { Ordered } from "./order.ts";
import { order } from "./order.ts";
import { overlayChange } from "./reset.ts";
import { ridersOf, withRiders } from "./ride.ts";

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
  /** Takes away what an environment that ends has on the host beside its namespaces and its directories. */
  readonly hostSteps: (scope: Scope, facts: Facts) => readonly Step[];
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
    environments: request.targets.map(({ state }) => state),
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

/** What was known under another name until now: in place, because the kernel's objects keep the name that they were born with. */
function renaming({ scope, origins }: Target): readonly Change[] {
  if (scope.renaming === undefined || scope.renaming.moves.length === 0) return [];
  const { from, moves } = scope.renaming;
  const address = `${scope.name}.moved_from`;
  const because = origins.get(address);
  const change: Change = {
    ...{ address, environment: scope.name, resource: "environment", action: "update", description: `renamed from ${from}` },
    ...{ differences: [{ field: "", want: scope.name, have: from }], liveUpdate: "in-place", pids: [] },
    steps: moves.flatMap(({ replaces, title, ...move }): readonly Step[] => [
      ...(replaces ? [{ type: "remove", title: `earlier ${title}`, path: move.to, how: "tree" } as const] : []),
      { type: "move", title, ...move },
    ]),
    ...(because === undefined ? {} : { because }),
  };
  return [change];
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

/** Everything of an environment, in one transaction: first what is left of earlier lives, then the assembly, its check and commit, then the processes. */
function creation<Shared>(request: PlanRequest<Shared>, target: Target, before: readonly Change[]): readonly Change[] {
  const observed = { ...target, scope: target.fresh };
  const changes = order(request.resources({ visit: (resource) => createResource(resource, observed) }).flat());
  const assembly = changes.filter(({ stage }) => stage === "assembly").map(({ change }) => change);
  const running = changes.filter(({ stage }) => stage === "running").map(({ change }) => change);
  const sweep = target.remnants.flatMap((scope) =>
    request.resources({ visit: (resource) => sweepSteps(resource, { ...target, scope }) }).flat(),
  );
  return [...before, ...withSweep(assembly, sweep, commitOf(assembly)), ...running];
}

// What ends an environment of which only directories are left is what its namespaces' removal does, without a keeper.
function sweepSteps<Want, Have>(resource: Resource<Want, Have>, { scope, facts }: Observed): readonly Step[] {
  if (resource.name !== "namespaces") return [];
  const keeper = { pid: 0, start: "", assembled: false, parent: 0, base: 0 };
  const [have] = resource.have({ ...scope, keeper }, facts).values();
  return have === undefined ? [] : resource.remove({ scope, key: "", have, facts });
}

function commitOf(assembly: readonly Change[]): Step | undefined {
  const hold = assembly.flatMap((change) => change.steps).find((step) => step.type === "hold");
  return hold?.type === "hold" ? { type: "commit", title: "check and commit", of: hold.of } : undefined;
}

function withSweep(assembly: readonly Change[], sweep: readonly Step[], commit: Step | undefined): readonly Change[] {
  return assembly.map((change, index) => {
    const first = index === 0 ? sweep : [];
    const last = index === assembly.length - 1 && commit !== undefined ? [commit] : [];
    return { ...change, steps: [...first, ...change.steps, ...last] };
  });
}

interface Recreation {
  readonly reason: string | undefined;
  readonly forcing: readonly Change[];
  /** What is done between its end and its start. */
  readonly before?: readonly Change[];
}

function recreation<Shared>(request: PlanRequest<Shared>, target: Target, { reason, forcing, before = [] }: Recreation): readonly Change[] {
  const { scope, origins } = target;
  const differences = forcing.flatMap((change) =>
    change.differences.map((one) => ({
      ...one,
      field: [change.address.slice(scope.name.length + 1), one.field].filter((part) => part !== "").join("."),
    })),
  );
  const because: Place | undefined = forcing.find((change) => change.because !== undefined)?.because ?? origins.get(scope.name);
  const dearest = forcing.some((change) => change.liveUpdate === "rebuild") ? "rebuild" : "recreate";
  const teardown: Change = {
    address: scope.name,
    environment: scope.name,
    resource: "environment",
    action: "recreate",
    description: reason ?? "its namespaces and root are made anew",
    differences,
    liveUpdate: dearest,
    pids: ended(target),
    steps: [...teardownSteps(request, target), ...request.hostSteps(scope, target.facts)],
    ...(because === undefined ? {} : { because }),
    ...(reason === undefined ? {} : { reason }),
  };
  return creation(request, target, [teardown, ...renaming(target), ...before]);
}

function destruction<Shared>(request: PlanRequest<Shared>, target: Target, reason: string): readonly Change[] {
  const { scope } = target;
  const sweep = target.remnants.flatMap((remnant) =>
    request.resources({ visit: (resource) => sweepSteps(resource, { ...target, scope: remnant }) }).flat(),
  );
  const kept = request.keptSteps(scope, target.facts);
  const records = request.recordSteps(scope, target.facts);
  const around = request.hostSteps(scope, target.facts);
  const steps = [...teardownSteps(request, target), ...around, ...sweep, ...records, ...(request.volumes ? kept : [])];
  if (steps.length === 0) return [];
  const written =
    kept.length === 0
      ? ""
      : request.volumes
        ? ", and everything that was written inside"
        : "; what was written inside is kept (--volumes removes it)";
  const change: Change = {
    address: scope.name,
    environment: scope.name,
    resource: "environment",
    action: "destroy",
    description: `processes, namespaces, mounts and control groups${written}`,
    differences: [],
    liveUpdate: "recreate",
    pids: ended(target),
    steps,
    ...(reason === "" ? {} : { reason }),
  };
  return [change];
}

function ended({ scope, state }: Target): readonly number[] {
  const running = Object.values(state.processes).flatMap((process) => (process.type === "running" ? [process.pid] : []));
  return scope.keeper === null ? [] : [...running, scope.keeper.pid];
}

/** Processes first, each with its grace; then the keeper, and with it everything. */
function teardownSteps<Shared>(request: PlanRequest<Shared>, target: Target): readonly Step[] {
  const all: readonly OrderedChange[] = request.resources({ visit: (resource) => removeResource(resource, target) }).flat();
  // What depends on another one ends before it.
  const running = order(all.filter(({ stage }) => stage === "running"));
  const namespaces = all.filter(({ change }) => change.resource === "namespaces");
  return [...running, ...namespaces].flatMap(({ change }) => change.steps);
}

interface SharedNeed<Shared> {
  readonly address: string;
  readonly key: string;
  readonly want: Shared;
  readonly resource: SharedResource<Shared>;
  readonly facts: Facts;
  /** What it is made from, of what is not there. */
  readonly needs: readonly Address[];
}

function sharedOf<Shared>(request: PlanRequest<Shared>, { scope, facts }: Target, refresh = false): readonly SharedNeed<Shared>[] {
  const { environment } = scope;
  if (environment === null || request.destroy.has(scope.name)) return [];
  return request.shared.flatMap((resource) => {
    const missing = resource.want(environment, facts).filter(({ key, want }) => refresh || !resource.have(key, want, facts));
    const addresses = missing.map(({ key, want }) => resource.address(key, want));
    return missing.map(({ key, want }, index) => {
      const address = resource.address(key, want);
      return { address, key, want, resource, facts, needs: addresses.slice(0, index) };
    });
  });
}

/** One group for each shared thing that is not there, whichever environments need it. */
function sharedGroups<Shared>(request: PlanRequest<Shared>, starting: ReadonlySet<string>, refresh = false): readonly (Group & Ordered)[] {
  const groups = new Map<string, Group & Ordered>();
  for (const target of request.targets) {
    if (!starting.has(target.scope.name)) continue;
    const { places, machine } = target.scope;
    for (const { address, key, want, resource, facts, needs } of sharedOf(request, target, refresh)) {
      if (groups.has(address)) continue;
      const because = target.origins.get(`${target.scope.name}.rootfs`);
      const change: Change = {
        address,
        environment: null,
        resource: resource.name,
        action: "create",
        description: resource.describe(want),
        differences: [],
        liveUpdate: "rebuild",
        pids: [],
        steps: resource.create({ key, address, want, facts, places, machine, building: new Set(needs) }),
        ...(because === undefined ? {} : { because }),
      };
      groups.set(address, { name: address, address, changes: [change], needs, after: needs });
    }
  }
  return [...groups.values()];
}
