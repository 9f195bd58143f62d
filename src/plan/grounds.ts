import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Group } from "../model/plan.ts";
import type { Resource, SharedResource } from "../model/resource.ts";
import type { Observed } from "./diff.ts";
import { diffResource, wanted } from "./diff.ts";
import type { ResourceList, Target } from "./plan-request.ts";

/** One thing that was seen and that a change rests on: where that moves, the change is not what it was. */
export interface Ground {
  /** The environment that it was seen of. */
  readonly environment: string;
  /** What rests on it: the environment, or the instance. */
  readonly address: Address;
  /** `keeper`: who the environment is; `have`: what the kernel has of the instance; else the name of a fact of the host. */
  readonly fact: FactName;
  /** As it can be compared: JSON; null where nothing was there. */
  readonly value: unknown;
  /** For people: the kernel's own line, where it has one; untrusted text. */
  readonly seen: string | null;
}

/** What was observed, and with what it is understood. */
export interface Sight<Shared> {
  readonly targets: readonly Target[];
  readonly resources: ResourceList;
  readonly shared: readonly SharedResource<Shared>[];
}

/**
 * What each change of a group rests on. Of an environment that ends or starts that is who it is, and what forces it; of one instance also what the kernel has
 * of it; of both, what of the host it is made from. Nothing else: whatever else moves, the change stays what it was.
 */
export function groundsOf<Shared>(sight: Sight<Shared>, group: Group): ReadonlyMap<Change, readonly Ground[]> {
  const starts = group.changes.some(({ steps }) => steps.some(({ type }) => type === "hold"));
  return new Map(group.changes.map((change) => [change, changeGrounds(sight, change, starts)]));
}

function changeGrounds<Shared>(sight: Sight<Shared>, change: Change, starts: boolean): readonly Ground[] {
  const target = sight.targets.find(({ scope }) => scope.name === change.environment);
  if (target === undefined) return sight.shared.flatMap((resource) => sharedGrounds(resource, sight.targets, change.address));
  const { name } = target.scope;
  if (change.address === name) {
    const forcing = change.action === "recreate" ? sight.resources({ visit: (resource) => forcingGrounds(resource, target) }).flat() : [];
    return [keeperGround(target), ...forcing];
  }
  const made = sight.resources({ visit: (resource) => madeFrom(resource, target, change) }).flat();
  // A part of what is made anew is made whatever there was of it before.
  const own = starts ? [] : [groundNow(sight, { environment: name, address: change.address, fact: "have" })];
  return [keeperGround(target), ...own, ...made];
}

/** One ground as it is now. */
export function groundNow<Shared>(sight: Sight<Shared>, where: Pick<Ground, "environment" | "address" | "fact">): Ground {
  const { environment, address, fact } = where;
  const target = sight.targets.find(({ scope }) => scope.name === environment);
  if (target === undefined) return { environment, address, fact, value: null, seen: null };
  if (fact === "keeper") return keeperGround(target);
  if (fact !== "have") return hostGround(target, address, fact);
  const [found] = sight.resources({ visit: (resource) => haveAt(resource, target, address) }).flat();
  return { environment, address, fact, value: null, seen: null, ...found };
}

function keeperGround({ scope }: Target): Ground {
  const { name, id, keeper } = scope;
  const value = keeper === null ? null : { pid: keeper.pid, start: keeper.start, id };
  const seen = keeper === null ? null : `pid ${keeper.pid}, start time ${keeper.start}, birth id ${id}`;
  return { environment: name, address: name, fact: "keeper", value, seen };
}

function hostGround({ scope, facts }: Target, address: Address, fact: FactName): Ground {
  const found = text(facts, fact);
  const value = found !== null && fact.startsWith("source/") ? identityOf(found) : found;
  return { environment: scope.name, address, fact, value, seen: found === null ? null : found.slice(0, 200) };
}

/** Which file or directory it is and whose, not how large or when it was written to last. */
function identityOf(source: string): unknown {
  const { type, uid, gid, device, inode, realPath }: Readonly<Record<string, unknown>> = JSON.parse(source);
  return { type, uid, gid, device, inode, realPath };
}

type Had = Pick<Ground, "value" | "seen">;

function haveAt<Want, Have>(resource: Resource<Want, Have>, { scope, facts }: Observed, address: Address): readonly Had[] {
  if (scope.keeper === null) return [];
  return [...resource.have({ ...scope, keeper: scope.keeper }, facts)].flatMap(([key, have]) => {
    if (`${scope.name}.${resource.path(key, scope)}` !== address) return [];
    const line = resource.evidence?.(have);
    // The line has the numbers of mounts in it, which others can move.
    const value: unknown = JSON.parse(JSON.stringify(have, (_, part: unknown) => (part === line ? undefined : part)));
    return [{ value, seen: line ?? resource.describe(have) }];
  });
}

function forcingGrounds<Want, Have>(resource: Resource<Want, Have>, target: Target): readonly Ground[] {
  const forcing = diffResource(resource, target).filter(({ change }) => change.action === "recreate");
  return forcing.flatMap(({ address }) =>
    haveAt(resource, target, address).map((had) => ({ environment: target.scope.name, address, fact: "have", ...had })),
  );
}

/** The files, directories and roots of the host that the steps of an instance are made from. */
function madeFrom<Want, Have>(resource: Resource<Want, Have>, target: Target, { address, resource: kind }: Change): readonly Ground[] {
  if (resource.name !== kind) return [];
  const { scope, facts } = target;
  const asked = asking(facts);
  for (const [key, want] of wanted(resource, target))
    if (`${scope.name}.${resource.path(key, scope)}` === address) resource.create({ scope, key, want, facts: asked.facts });
  // A volume is made where it is not there.
  const names = asked.names().filter((name) => !name.startsWith(`source/${scope.places.volumes}/`));
  return names.map((name) => hostGround(target, address, name));
}

function sharedGrounds<Shared>(resource: SharedResource<Shared>, targets: readonly Target[], address: Address): readonly Ground[] {
  for (const target of targets) {
    const { environment, places, machine } = target.scope;
    const asked = asking(target.facts);
    const wants = environment === null ? [] : resource.want(environment, asked.facts);
    const needed = wants.find(({ key, want }) => resource.address(key, want) === address);
    if (needed === undefined) continue;
    resource.have(needed.key, needed.want, asked.facts);
    resource.create({ ...needed, address, facts: asked.facts, places, machine, building: new Set() });
    return asked.names().map((name) => hostGround(target, address, name));
  }
  return [];
}

/** The same facts, noting which of the host's are asked for. */
function asking(facts: Facts): { readonly facts: Facts; names(): readonly FactName[] } {
  const names = new Set<FactName>();
  return {
    facts: {
      get(name) {
        if (/^(source|tar|store)\//.test(name)) names.add(name);
        return facts.get(name);
      },
    },
    names: () => [...names],
  };
}
