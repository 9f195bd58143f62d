import type { LowerRoot } from "./root.ts";
import { parseLowers } from "./root.ts";

/** Packages that were installed in an environment as it ran: what lies in `packages.json` beside the upper that has them. */
export interface InstalledInPlace {
  /** The first 16 digits of the digest of the layer that has the same packages. */
  readonly layer: string;
  /** All that were asked for, those of the layers below too. */
  readonly packages: readonly string[];
  /** What the upper lies on, from the lowest on. */
  readonly lowers: readonly LowerRoot[];
}

/** What it is called, beside `u` and `w`: where no process of the environment reaches it. */
export const installedFile = "packages.json";

/** As it was written, or null. */
export function parseInstalled(text: string): InstalledInPlace | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("layer" in value) || !("packages" in value) || !("lowers" in value)) return null;
  const { layer, packages } = value;
  const lowers = parseLowers(value.lowers);
  if (typeof layer !== "string" || !/^[0-9a-f]{16}$/.test(layer) || lowers === null || !Array.isArray(packages)) return null;
  const names: unknown[] = packages;
  const words = names.filter((name) => typeof name === "string");
  return words.length === names.length ? { layer, packages: words, lowers } : null;
}
