import type { Case } from "./class-cases.ts";
import type { Declared } from "./site.ts";

/** The name of the case of a field: its path in the manifest, or below an environment. */
export function caseName(path: readonly string[]): string {
  return (path[0] === "environments" && path.length > 1 ? path.slice(2) : path).join(".");
}

/** One of both declarations of a case as a manifest: of `web`, over what `base` says, and of what stands beside it. */
export function manifestWith({ top }: Pick<Case, "top">, declared: Declared, base: Declared): string {
  const root = { rootfs: { directory: "./root" } };
  const { environments, ...keys }: Declared = top === true ? declared : {};
  const beside = typeof environments === "object" ? environments : { db: root };
  const web = { ...root, ...base, ...(top === true ? {} : declared) };
  return JSON.stringify({ api_version: "cloister/v1", name: "site", ...keys, environments: { web, ...beside } });
}
