import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Fact, FactName, Facts } from "../model/fact.ts";
import type { Found, LookingHost } from "../model/host.ts";
import type { EnvironmentState } from "../model/plan.ts";
import type { Keeper, Scope } from "../model/resource.ts";
import type { Target } from "../plan/plan.ts";
import { sameEnvironment } from "./generation.ts";
import type { SeenKinds } from "./kinds.ts";

/** What the engine looks for: a manifest's environments, or whatever runs of a project. */
export interface Subject {
  readonly project: string;
  readonly manifest: Manifest | null;
  /** Environments that are looked at; null: all. */
  readonly only: ReadonlySet<string> | null;
  /** What was last applied, by name; null or absent: not known. */
  readonly last?: ReadonlyMap<string, Environment> | null;
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
  const found = host.discover(
    project,
    wanted.filter((name) => only === null || only.has(name)),
  );
  refuseForeign(subject, found);
  const keepers = new Map<string, Keeper>();
  for (const { name, keeper } of found) if (keeper?.assembled === true) keepers.set(name, keeper);
  const orphans = [...new Set(found.map(({ name }) => name))].filter((name) => !wanted.includes(name));
  const names = [...wanted, ...orphans].filter((name) => only === null || only.has(name));
  const bases = allocator(host);
  const exposed = [...(manifest?.environments.values() ?? [])].flatMap(exposedBy);
  return names.map((name) => {
    const environment = manifest?.environments.get(name) ?? null;
    const before = subject.last?.get(name);
    const lives = lifeOf(host, {
      ...{ project, name, environment },
      last: before ?? null,
      directory: manifest?.directory ?? "",
      keepers,
      exposed,
      found: found.filter((one) => one.name === name),
      bases,
    });
    if (environment === null || before === undefined || sameEnvironment(environment, before)) return lives;
    const asApplied = (scope: Scope): Scope => {
      const base = bases.baseOf({ environment: before, keeper: scope.keeper, uppers: scope.places.uppers });
      return { ...scope, environment: before, base };
    };
    return { ...lives, applied: { scope: asApplied(lives.scope), fresh: asApplied(lives.fresh) } };
  });
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
  readonly last: Environment | null;
  readonly directory: string;
  readonly keepers: ReadonlyMap<string, Keeper>;
  readonly exposed: readonly string[];
  readonly found: readonly Found[];
  readonly bases: Allocator;
}

function lifeOf(host: LookingHost, request: LivesRequest): Lives {
  const { project, name, environment, last, directory, keepers, exposed, found, bases } = request;
  const running = found.find(({ keeper }) => keeper?.assembled === true) ?? found.find(({ keeper }) => keeper !== null);
  const scopeOf = (id: string, keeper: Keeper | null): Scope => {
    const places = host.places(project, name, id);
    return {
      project,
      name,
      id,
      environment,
      last,
      keeper,
      base: bases.baseOf({ environment, keeper, uppers: places.uppers }),
      directory,
      keepers,
      exposed,
      places,
      machine: host.machine,
    };
  };
  const freshId = host.newId();
  return {
    scope: scopeOf(running?.id ?? freshId, running?.keeper ?? null),
    fresh: scopeOf(freshId, null),
    remnants: found.filter((one) => one !== running).map(({ id, keeper }) => scopeOf(id, keeper)),
  };
}

interface Allocator {
  baseOf(request: { readonly environment: Environment | null; readonly keeper: Keeper | null; readonly uppers: string }): number;
}

const firstBase = 0x70000000;
const lastBase = 0x7ffd0000;

/** Ranges of ids: what runs keeps its own, what has an upper keeps that one's owner, anything new gets the lowest that nobody has. */
function allocator(host: LookingHost): Allocator {
  let taken: Set<number> | null = null;
  const given = new Map<string, number>();
  const lowest = (): number => {
    taken ??= new Set(host.takenRanges());
    for (let base = firstBase; base <= lastBase; base += 65536) {
      if (taken.has(base)) continue;
      taken.add(base);
      return base;
    }
    throw new CloisterError({
      code: "engine/step-failed",
      severity: "error",
      message: "all id ranges from 0x70000000 on are taken",
      hint: "destroy environments that are not needed, with --volumes",
    });
  };
  return {
    baseOf({ environment, keeper, uppers }) {
      if (environment?.users.mode === "host") return 0;
      if (environment?.users.mode === "map") return environment.users.uid_mappings.find(({ inside }) => inside === 0)?.outside ?? 0;
      const own = keeper !== null && keeper.base >= firstBase && keeper.base <= lastBase ? keeper.base : null;
      const known = own ?? given.get(uppers) ?? host.upperOwner(uppers);
      const base = known ?? (environment === null ? 0 : lowest());
      given.set(uppers, base);
      return base;
    },
  };
}

interface Reading {
  readonly lives: readonly Lives[];
  readonly manifest: Manifest | null;
}

async function read(host: LookingHost, kinds: SeenKinds, { lives, manifest }: Reading): Promise<readonly Target[]> {
  const outside = lives.map(({ scope, applied }) => {
    const names = [...new Set([...kinds.factsOf(scope), ...(applied === undefined ? [] : kinds.factsOf(applied.scope))])];
    return { scope, names, facts: new Map(host.collect(scope, names)) };
  });
  const requests = outside.flatMap(({ scope, names }) => {
    const { keeper } = scope;
    return keeper?.assembled === true ? [{ scope: { ...scope, keeper }, names: names.filter((name) => kinds.isInside(name)) }] : [];
  });
  const inside = await host.collectInside(requests);
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
  const { keeper, environment } = scope;
  const seen = kinds.describe(scope, facts);
  return {
    name: scope.name,
    state: keeper === null ? "absent" : !keeper.assembled ? "unfinished" : environment === null ? "orphan" : "running",
    id: keeper === null ? null : scope.id,
    pid: keeper?.pid ?? null,
    ...seen,
    drifted: [],
    pending: [],
  };
}

/** What to tell with a plan of these targets. */
export function warningsOf(targets: readonly Target[], kinds: SeenKinds): readonly Diagnostic[] {
  return targets.flatMap(({ scope, facts }) => {
    if (scope.environment !== null) return kinds.warnings(scope, facts);
    if (scope.keeper === null) return [];
    const message = `${scope.name} runs (pid ${scope.keeper.pid}) and is not in the manifest`;
    return [{ code: "engine/orphan", severity: "warning", message, hint: `--prune ends it; cloister destroy ${scope.name} too` }];
  });
}
