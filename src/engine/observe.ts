import type { Stopped } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Fact, FactName, Facts } from "../model/fact.ts";
import type { Found, LookingHost } from "../model/host.ts";
import type { EnvironmentState } from "../model/plan.ts";
import type { Keeper, Lease, Places, Renaming, Scope } from "../model/resource.ts";
import type { Target } from "../plan/plan-request.ts";
import { sameEnvironment } from "./generation.ts";
import type { Allocator } from "./id-bases.ts";
import { allocator } from "./id-bases.ts";
import type { SeenKinds } from "./kinds.ts";
import { leasesOf } from "./leases.ts";
import type { NamedLife, Naming } from "./lives.ts";
import { birthNames, nameLives } from "./lives.ts";
import { placed } from "./placed.ts";

/** What the engine looks for: a manifest's environments, or whatever runs of a project. */
export interface Subject {
  readonly project: string;
  readonly manifest: Manifest | null;
  /** Environments that are looked at; null: all. */
  readonly only: ReadonlySet<string> | null;
  /** What was last applied, by name; null or absent: not known. */
  readonly last?: ReadonlyMap<string, Environment> | null;
  /** Of what was last applied, how those are called in the kernel that were born with another name. */
  readonly born?: ReadonlyMap<string, string>;
  /** Processes that are to stay ended, by environment, as it is known at this moment. Absent: none. */
  readonly stopped?: () => ReadonlyMap<string, Stopped>;
  /** Processes that are to be started anew, by environment. Absent: none. */
  readonly anew?: ReadonlyMap<string, NonNullable<Scope["anew"]>>;
  /** Environments that stand for a command which runs in them, as it is known at this moment. Absent: none. */
  readonly transient?: () => ReadonlySet<string>;
}

/** Looks at everything once: discovers the lives of the environments, then reads the facts of each, all in one pass and with at most one process. */
export async function observe(host: LookingHost, kinds: SeenKinds, subject: Subject): Promise<readonly Target[]> {
  return read(host, kinds, { lives: livesOf(host, subject), manifest: subject.manifest });
}

/** The scopes alone, without their facts: what it takes to enter an environment. */
export function locate(host: LookingHost, subject: Subject): readonly Scope[] {
  return livesOf(host, subject).map(({ scope }) => scope);
}

function livesOf(host: LookingHost, subject: Subject): readonly Lives[] {
  const { project, manifest, only } = subject;
  const wanted = [...(manifest?.environments.keys() ?? [])];
  const naming = namingOf(subject);
  const expected = wanted.filter((name) => only === null || only.has(name));
  const found = nameLives(host.discover(project, birthNames(expected, naming)), naming);
  refuseForeign(subject, found);
  const keepers = new Map<string, Keeper>();
  for (const { name, keeper } of found) if (keeper?.assembled === true) keepers.set(name, keeper);
  const orphans = [...new Set(found.map(({ name }) => name))].filter((name) => !wanted.includes(name));
  const names = [...wanted, ...orphans].filter((name) => only === null || only.has(name));
  const bases = allocator(host);
  // What was applied and runs on may still write to what it was given.
  const left = orphans.flatMap((name) => subject.last?.get(name) ?? []);
  const exposed = [...(manifest?.environments.values() ?? []), ...left].flatMap(exposedBy);
  const stopped = subject.stopped?.() ?? new Map<string, Stopped>();
  const transient = orphans.length === 0 ? undefined : subject.transient?.();
  const leases = leasesOf(host, { project, manifest, last: subject.last ?? null, found });
  return names.map((name) => {
    const environment = manifest?.environments.get(name) ?? null;
    const own = found.filter((one) => one.name === name);
    const before = lastOf(subject.last, {
      name,
      from: own.find(({ former }) => former !== null)?.former ?? environment?.moved_from ?? null,
    });
    const lives = lifeOf(host, {
      ...{ project, name, environment, inactive: environment === null ? inactiveBy(name, { manifest, transient }) : undefined },
      last: before ?? null,
      directory: manifest?.directory ?? "",
      keepers,
      exposed,
      found: own,
      bases,
      lease: leases.get(name) ?? null,
      ending: { stopped: stopped.get(name)?.processes, anew: subject.anew?.get(name) },
    });
    if (environment === null || before === undefined) return lives;
    if (sameEnvironment(environment, before) && hasSameNames(leases.get(name))) return lives;
    const asApplied = (scope: Scope): Scope => {
      const base = bases.baseOf({ environment: before, keeper: scope.keeper, uppers: lives.scope.places.uppers });
      const { renaming, ...rest } = scope;
      return { ...rest, environment: before, base };
    };
    return { ...lives, applied: { scope: asApplied(lives.scope), fresh: asApplied(lives.fresh) } };
  });
}

function inactiveBy(name: string, { manifest, transient }: { manifest: Manifest | null; transient: ReadonlySet<string> | undefined }) {
  if (transient?.has(name) === true) return "command";
  return Object.hasOwn(manifest?.inactive ?? {}, name) ? "profile" : undefined;
}

/** Under which names the lives of a project are looked for. */
export function namingOf({ manifest, last, born }: Subject): Naming {
  return { environments: manifest?.environments ?? new Map(), known: new Set(last?.keys() ?? []), born: born ?? new Map() };
}

/** As what an environment was last applied: under the name that it had until now, where it has a new one. */
function lastOf(last: Subject["last"], { name, from }: { readonly name: string; readonly from: string | null }): Environment | undefined {
  const former = from === null ? undefined : last?.get(from);
  return last?.get(name) ?? (former === undefined ? undefined : { ...former, name });
}

/** What was last applied, with what has a new name by now under that. */
export function lastAsNamed(last: Subject["last"], targets: readonly Target[]): ReadonlyMap<string, Environment> | null {
  if (last === null || last === undefined) return null;
  const renamed = targets.flatMap(({ scope }) => {
    const before = lastOf(last, { name: scope.name, from: scope.renaming?.from ?? null });
    return scope.renaming === undefined || before === undefined ? [] : [[scope.name, before] as const];
  });
  return renamed.length === 0 ? last : new Map([...last, ...renamed]);
}

/** What of the host an environment may write to, besides what is kept for it alone. */
function exposedBy({ mounts, rootfs, overlay }: Environment): readonly string[] {
  const bound = Object.values(mounts).filter(({ type, read_only }) => type === "bind" && !read_only);
  return [...bound.flatMap(({ source }) => source ?? []), ...(rootfs.type === "directory" && overlay === "none" ? [rootfs.directory] : [])];
}

/** The same name, started from another directory, is somebody else's project. */
function refuseForeign({ manifest, project }: Subject, found: readonly Found[]): void {
  if (manifest === null) return;
  const foreign = found.find(({ keeper, directory }) => keeper !== null && directory !== null && directory !== manifest.directory);
  if (foreign === undefined) return;
  throw new CloisterError({
    code: "engine/foreign-project",
    severity: "error",
    message: `project "${project}" runs from ${foreign.directory ?? ""}, this manifest is in ${manifest.directory}`,
    hint: "give this one another name (`name:` in the manifest, or -p)",
  });
}

/** Whether the same environments are in the project's network as when it was last applied. */
function hasSameNames(lease: Lease | undefined): boolean {
  return lease === undefined || [...lease.names.keys()].join() === [...lease.namesBefore.keys()].join();
}

interface Lives {
  readonly scope: Scope;
  readonly fresh: Scope;
  readonly remnants: readonly Scope[];
  /** As it was last applied, where that is not what is wanted. */
  readonly applied?: Pick<Lives, "scope" | "fresh">;
}

interface LivesRequest {
  readonly project: string;
  readonly name: string;
  readonly environment: Environment | null;
  readonly inactive: Scope["inactive"];
  readonly last: Environment | null;
  readonly directory: string;
  readonly keepers: ReadonlyMap<string, Keeper>;
  readonly exposed: readonly string[];
  readonly found: readonly NamedLife[];
  readonly bases: Allocator;
  readonly lease: Lease | null;
  readonly ending: { readonly stopped: Scope["stopped"] | undefined; readonly anew: Scope["anew"] | undefined };
}

function lifeOf(host: LookingHost, request: LivesRequest): Lives {
  const { project, name, environment, inactive, last, directory, keepers, exposed, found, bases, lease, ending } = request;
  const running = found.find(({ keeper }) => keeper?.assembled === true) ?? found.find(({ keeper }) => keeper !== null);
  const freshId = host.newId();
  const own = { project, name, environment, ...(inactive === undefined ? {} : { inactive }), ...(lease === null ? {} : { lease }) };
  const wishes = {
    ...(ending.stopped === undefined ? {} : { stopped: ending.stopped }),
    ...(ending.anew === undefined ? {} : { anew: ending.anew }),
  };
  const about = { ...own, ...wishes, last, directory, keepers, exposed, machine: host.machine };
  const id = running?.id ?? freshId;
  const { places, renaming } = placesNow(
    host,
    { ...about, id, keeper: running?.keeper ?? null, base: 0, places: host.places(project, name, id) },
    running,
  );
  const keeper = running?.keeper ?? null;
  const base = bases.baseOf({ environment, keeper, uppers: places.uppers });
  const renamed = {
    ...(running === undefined || running.birth === name ? {} : { birth: running.birth }),
    ...(renaming === null ? {} : { renaming }),
  };
  return {
    scope: { ...about, id, keeper, base, places, ...renamed },
    fresh: {
      ...about,
      id: freshId,
      keeper: null,
      base: bases.baseOf({ environment, keeper: null, uppers: places.uppers }),
      places: host.places(project, name, freshId),
    },
    remnants: found
      .filter((one) => one !== running)
      .map((one) => {
        const own = host.places(project, one.birth, one.id);
        return {
          ...about,
          id: one.id,
          keeper: one.keeper,
          base: bases.baseOf({ environment, keeper: one.keeper, uppers: places.uppers }),
          places: own,
        };
      }),
  };
}

/** The run directory last: once it has the new name, the rename is known without a record. */
const directories = [
  ["uppers", "what was written inside"],
  ["logs", "log"],
  ["run", "run directory"],
] as const;

/** Where the directories of an environment are now, and how they come to have its new name, where it is to get one. Its control groups keep that of its birth. */
function placesNow(
  host: LookingHost,
  scope: Scope,
  running: NamedLife | undefined,
): { readonly places: Places; readonly renaming: Renaming | null } {
  const { project, name, id } = scope;
  const own = { ...scope.places, cgroups: host.places(project, running?.birth ?? name, id).cgroups };
  const from = running === undefined ? (scope.environment?.moved_from ?? null) : running.former;
  if (from === null) return { places: own, renaming: null };
  const former = host.places(project, from, id);
  const there = (path: string) => "text" in (host.collect(scope, [`exists/${path}`]).get(`exists/${path}`) ?? { absent: "" });
  // Of what does not run any more, what has the new name already is its own.
  const moving = directories.filter(([key]) => there(former[key]) && !(running === undefined && there(own[key])));
  const taken = moving.find(([key]) => key === "uppers" && there(own[key]));
  if (taken !== undefined) throw uppersTaken({ name, from, path: own.uppers });
  const moves = moving.map(([key, title]) => ({ title, from: former[key], to: own[key], replaces: there(own[key]) }));
  const places = { ...own, ...Object.fromEntries(moving.map(([key]) => [key, former[key]])) };
  return { places, renaming: running === undefined && moves.length === 0 ? null : { from, moves } };
}

function uppersTaken({ name, from, path }: { readonly name: string; readonly from: string; readonly path: string }): CloisterError {
  return new CloisterError({
    code: "engine/name-taken",
    severity: "error",
    message: `${from} cannot be renamed to ${name}: what an earlier ${name} wrote is still kept in ${path}`,
    hint: "move that directory away, or take another name",
  });
}

interface Reading {
  readonly lives: readonly Lives[];
  readonly manifest: Manifest | null;
}

async function read(host: LookingHost, kinds: SeenKinds, { lives, manifest }: Reading): Promise<readonly Target[]> {
  const asked = lives.map(({ scope, applied }) => ({
    scope,
    names: [...new Set([...kinds.factsOf(scope), ...(applied === undefined ? [] : kinds.factsOf(applied.scope))])],
  }));
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
  return lives.map(({ scope, fresh, remnants, applied }, index) => {
    const facts = asFacts(outside[index]?.facts ?? new Map(), kinds);
    const target = { scope, fresh, remnants, facts, origins: manifest?.origins ?? new Map(), state: stateOf(scope, facts, kinds) };
    return applied === undefined ? target : { ...target, applied: { ...target, ...applied } };
  });
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
