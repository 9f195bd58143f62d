import { child } from "../model/address.ts";
import type { Environment, Manifest } from "../model/environment.ts";

/** What was last applied: an intent, written once and never changed. The kernel is compared with it to tell drift from what is pending. */
export interface Generation {
  readonly schema: "cloister/generation/v1";
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly project: string;
  readonly directory: string;
  readonly environments: Readonly<Record<string, Environment>>;
  /** How those are called in the kernel that were born with another name: birth name and birth id. */
  readonly born?: Readonly<Record<string, string>>;
  /** Who applied it: uid, and the commit of the manifest's repository where there is one. */
  readonly by: { readonly uid: number; readonly commit: string | null };
}

/** What an apply did: which environments of which manifest, when and by whom. */
export interface Applied {
  /** The number that the generation is to have. */
  readonly number: number;
  readonly manifest: Manifest;
  /** Environments that are as the manifest wants them now. */
  readonly names: readonly string[];
  /** Environments that are no more. */
  readonly gone: readonly string[];
  readonly date: string;
  readonly by: Generation["by"];
  /** Of what runs, by name, how it is called in the kernel where that is another name. */
  readonly born: ReadonlyMap<string, string>;
}

/** The generation after an apply, or null where it would say what the last one says. Environments that were not part of the apply keep what they had. */
export function nextGeneration(last: Generation | null, applied: Applied): Generation | null {
  const { number, manifest, names, gone, date, by } = applied;
  const environments: Record<string, Environment> = { ...last?.environments };
  for (const name of names) {
    const environment = manifest.environments.get(name);
    if (environment !== undefined) environments[name] = environment;
  }
  for (const name of gone) delete environments[name];
  if (last === null && Object.keys(environments).length === 0) return null;
  const born = Object.fromEntries([...applied.born].filter(([name]) => name in environments));
  const before = { environments: last?.environments, born: last?.born ?? {} };
  if (last?.directory === manifest.directory && fieldDifferences(before, { environments, born }).length === 0) return null;
  const { project, directory } = manifest;
  const renamed = Object.keys(born).length === 0 ? {} : { born };
  return { schema: "cloister/generation/v1", number, date, project, directory, environments, ...renamed, by };
}

/** A generation as a manifest, to make it again. Nothing of it stands in a file, so it has no origins. */
export function manifestOf({ project, directory, environments }: Generation): Manifest {
  return { project, directory, environments: new Map(Object.entries(environments)), origins: new Map(), files: [], warnings: [] };
}

/** An earlier generation with its environments under the names that they had then, whatever they were renamed to since. */
export function movedBack(earlier: Generation, now: Generation | null): Generation {
  const since = Object.entries(now?.environments ?? {}).filter(([name]) => !(name in earlier.environments));
  const back = new Map(since.flatMap(([name, { moved_from }]) => (moved_from === null ? [] : [[moved_from, name] as const])));
  const environments = Object.entries(earlier.environments).map(([name, environment]) => {
    const moved_from = name in (now?.environments ?? {}) ? undefined : back.get(name);
    return [name, moved_from === undefined ? environment : { ...environment, moved_from }] as const;
  });
  return { ...earlier, environments: Object.fromEntries(environments) };
}

/** One value that two definitions do not share; undefined: it is not there. */
export interface FieldDifference {
  readonly address: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The smallest parts in which two definitions differ, by their addresses: `web.mounts["/data"].size`. The order of keys means nothing. */
export function fieldDifferences(before: unknown, after: unknown, address = ""): readonly FieldDifference[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => fieldDifferences(before[key], after[key], child(address, key)));
  }
  // Lists are values: their places have no names.
  if (before === after || JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ address, before, after }];
}

/** Whether two definitions of an environment say the same. */
export function sameEnvironment(a: Environment, b: Environment): boolean {
  // Both come from the same code, so mostly their keys stand in the same order.
  return JSON.stringify(a) === JSON.stringify(b) || fieldDifferences(a, b).length === 0;
}

/** Whether it is an object with keys, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
