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
  /** Who applied it: uid, and the commit of the manifest's repository where there is one. */
  readonly by: { readonly uid: number; readonly commit: string | null };
}

/** What an apply did: which environments of which manifest, when and by whom. */
export interface Applied {
  readonly manifest: Manifest;
  readonly names: readonly string[];
  readonly destroyed: readonly string[];
  readonly date: string;
  readonly by: Generation["by"];
}

/** The generation after an apply, or null where it would say what the last one says. Environments that were not part of the apply keep what they had. */
export function nextGeneration(last: Generation | null, applied: Applied): Generation | null {
  const { manifest, names, destroyed, date, by } = applied;
  const environments: Record<string, Environment> = { ...last?.environments };
  for (const name of names) {
    const environment = manifest.environments.get(name);
    if (environment !== undefined) environments[name] = environment;
  }
  for (const name of destroyed) delete environments[name];
  if (last !== null && same(last.environments, environments) && last.directory === manifest.directory) return null;
  return {
    schema: "cloister/generation/v1",
    number: (last?.number ?? 0) + 1,
    date,
    project: manifest.project,
    directory: manifest.directory,
    environments,
    by,
  };
}

/** A generation as a manifest, to compare the kernel with. Nothing of it stands in a file, so it has no origins. */
export function manifestOf({ project, directory, environments }: Generation): Manifest {
  return { project, directory, environments: new Map(Object.entries(environments)), origins: new Map(), files: [], warnings: [] };
}

/** The addresses of fields in which two definitions of an environment differ: what is pending where one is wanted and the other was applied. */
export function differingFields(wanted: Environment, applied: Environment | undefined): readonly string[] {
  if (applied === undefined) return [wanted.name];
  const now: Readonly<Record<string, unknown>> = { ...wanted };
  const before: Readonly<Record<string, unknown>> = { ...applied };
  return Object.keys(now)
    .filter((field) => canonical(now[field]) !== canonical(before[field]))
    .map((field) => `${wanted.name}.${field}`);
}

function same(a: Readonly<Record<string, Environment>>, b: Readonly<Record<string, Environment>>): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with sorted keys: two values are the same where this is. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === "object" && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
