import type { Stopped } from "../model/condition.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Found, LookingHost } from "../model/host.ts";
import type { Keeper, Lease, Scope } from "../model/resource.ts";
import { sameEnvironment } from "./generation.ts";
import type { Allocator } from "./id-bases.ts";
import { allocator } from "./id-bases.ts";
import { leasesOf } from "./leases.ts";
import type { NamedLife } from "./lives.ts";
import { birthNames, nameLives } from "./lives.ts";
import { placesNow } from "./renaming.ts";
import type { Subject } from "./subject.ts";
import { lastOf, namingOf } from "./subject.ts";

/** The scopes alone, without their facts: what it takes to enter an environment. */
export function locate(host: LookingHost, subject: Subject): readonly Scope[] {
  return livesOf(host, subject).map(({ scope }) => scope);
}

/** The lives of an environment: the one that it has, the next that it would have, and what is left of others. */
export interface Lives {
  readonly scope: Scope;
  readonly fresh: Scope;
  readonly remnants: readonly Scope[];
  /** As it was last applied, where that is not what is wanted. */
  readonly applied?: Pick<Lives, "scope" | "fresh">;
}

/**
 * Finds the environments of a subject, wanted ones and those that run, with what each is or would be: its identity, keeper, directories, ids and addresses.
 * Throws `engine/foreign-project`, `engine/name-taken`, `engine/no-range`.
 */
export function livesOf(host: LookingHost, subject: Subject): readonly Lives[] {
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
    const from = own.find(({ former }) => former !== null)?.former ?? environment?.moved_from ?? null;
    const last = lastOf(subject.last, { name, from }) ?? null;
    const inactive = environment === null ? inactiveBy(name, { manifest, transient }) : undefined;
    const [lease, stays, anew] = [leases.get(name), stopped.get(name)?.processes, subject.anew?.get(name)];
    const about: About = {
      ...{ project, name, environment, last, directory: manifest?.directory ?? "", keepers, exposed, machine: host.machine },
      ...(inactive === undefined ? {} : { inactive }),
      ...(lease === undefined ? {} : { lease }),
      ...(stays === undefined ? {} : { stopped: stays }),
      ...(anew === undefined ? {} : { anew }),
    };
    return withApplied(ownLives(host, { about, found: own, bases }), bases);
  });
}

function inactiveBy(name: string, { manifest, transient }: { manifest: Manifest | null; transient: ReadonlySet<string> | undefined }) {
  if (transient?.has(name) === true) return "command";
  return Object.hasOwn(manifest?.inactive ?? {}, name) ? "profile" : undefined;
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

/** What is the same in all lives of an environment. */
type About = Omit<Scope, "id" | "keeper" | "base" | "places" | "birth" | "renaming">;

interface OwnLives {
  readonly about: About;
  readonly found: readonly NamedLife[];
  readonly bases: Allocator;
}

function ownLives(host: LookingHost, { about, found, bases }: OwnLives): Lives {
  const { project, name, environment } = about;
  const running = found.find(({ keeper }) => keeper?.assembled === true) ?? found.find(({ keeper }) => keeper !== null);
  const keeper = running?.keeper ?? null;
  const freshId = host.newId();
  const id = running?.id ?? freshId;
  const { places, renaming } = placesNow(host, { ...about, id, keeper, base: 0, places: host.places(project, name, id) }, running);
  const life = (own: Pick<Scope, "id" | "keeper" | "places">): Scope => {
    const base = bases.baseOf({ environment, keeper: own.keeper, uppers: places.uppers });
    return { ...about, ...own, base };
  };
  const renamed = {
    ...(running === undefined || running.birth === name ? {} : { birth: running.birth }),
    ...(renaming === null ? {} : { renaming }),
  };
  const others = found.filter((one) => one !== running);
  return {
    scope: { ...life({ id, keeper, places }), ...renamed },
    fresh: life({ id: freshId, keeper: null, places: host.places(project, name, freshId) }),
    remnants: others.map((one) => life({ id: one.id, keeper: one.keeper, places: host.places(project, one.birth, one.id) })),
  };
}

/** With what the lives would be as the environment was last applied, where that is not what is wanted now. */
function withApplied(lives: Lives, bases: Allocator): Lives {
  const { environment, last = null, lease } = lives.scope;
  if (environment === null || last === null) return lives;
  if (sameEnvironment(environment, last) && hasSameNames(lease)) return lives;
  const asApplied = (scope: Scope): Scope => {
    const base = bases.baseOf({ environment: last, keeper: scope.keeper, uppers: lives.scope.places.uppers });
    const { renaming, ...rest } = scope;
    return { ...rest, environment: last, base };
  };
  return { ...lives, applied: { scope: asApplied(lives.scope), fresh: asApplied(lives.fresh) } };
}

/** Whether the same environments are in the project's network as when it was last applied. */
function hasSameNames(lease: Lease | undefined): boolean {
  return lease === undefined || [...lease.names.keys()].join() === [...lease.namesBefore.keys()].join();
}
