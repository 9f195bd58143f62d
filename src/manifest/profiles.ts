import type { Diagnostic } from "../model/diagnostic.ts";
import type { ManifestDocument } from "../model/manifest.gen.ts";
import { didYouMean } from "../model/nearest-name.ts";
import { quoted } from "./shown.ts";
import type { Value } from "./tree.ts";
import { isList, isMap, item } from "./tree.ts";
import type { Variables } from "./variables.ts";

/** The environment variable that names profiles, with commas between them. */
export const profilesVariable = "CLOISTER_PROFILES";

/** Every profile. */
const all = "*";

/** The profiles of the environments that are not there: those that have some, none of which is active. */
export function inactiveIn(
  manifest: Value,
  given: readonly string[] | undefined,
  variables: Variables,
): ReadonlyMap<string, readonly string[]> {
  const environments = item(manifest, "environments");
  const profiled = isMap(environments) ? Object.entries(environments).map(([name, one]) => [name, profilesOf(one)] as const) : [];
  const some = profiled.filter(([, profiles]) => profiles.length > 0);
  if (some.length === 0) return new Map();
  const active = given ?? namesIn(variables.find(profilesVariable)?.value ?? "");
  return new Map(active.includes(all) ? [] : some.filter(([, profiles]) => !profiles.some((profile) => active.includes(profile))));
}

/** A warning for each profile that was asked for and that no environment has. */
export function strangeProfiles({ environments }: ManifestDocument, given: readonly string[]): readonly Diagnostic[] {
  const known = [...new Set(Object.values(environments ?? {}).flatMap((one) => one?.profiles ?? []))];
  const strange = given.filter((profile) => profile !== all && !known.includes(profile));
  return strange.map((profile) => {
    const hint =
      didYouMean(profile, known) ?? (known.length === 0 ? "the manifest has no profiles" : `its profiles are ${known.join(", ")}`);
    return { code: "manifest/unknown-profile", severity: "warning", message: `no environment has the profile ${quoted(profile)}`, hint };
  });
}

function profilesOf(environment: Value): readonly string[] {
  const profiles = item(environment, "profiles");
  return isList(profiles) ? profiles.filter((profile) => typeof profile === "string") : [];
}

/** The profiles that the variable names. */
export function namesIn(text: string): readonly string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
