import type { Manifest } from "../model/environment.ts";

/** What is wished of environments, by name, as it was written: that of one which the manifest renames is under the new name, unless something is written of that. */
export function underNewNames<Intent extends { readonly environment: string }>(
  written: ReadonlyMap<string, Intent>,
  environments: Manifest["environments"],
): ReadonlyMap<string, Intent> {
  const named = new Map(written);
  for (const { name, moved_from: former } of environments.values()) {
    const own = former === null ? undefined : written.get(former);
    if (former === null || own === undefined || written.has(name)) continue;
    named.delete(former);
    named.set(name, { ...own, environment: name });
  }
  return named;
}
