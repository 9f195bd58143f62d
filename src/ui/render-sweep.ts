import type { Root } from "../model/root.ts";
import { printable } from "./printable.ts";
import type { ListedUpper } from "./render-roots.ts";
import { styleFor } from "./style.ts";
import { formatBytes } from "./units.ts";

/** What was removed from a store, or would be. */
export interface SweepReport {
  readonly store: string;
  readonly garbage: { readonly roots: readonly Root[]; readonly paths: readonly string[]; readonly bytes: number };
  readonly uppers: readonly ListedUpper[];
  /** Whether it was done. */
  readonly removed: boolean;
}

/** For people: what, then how much. Ends in a line break. */
export function renderSweep({ store, garbage, uppers, removed }: SweepReport, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  const { roots, paths, bytes } = garbage;
  if (paths.length === 0 && uppers.length === 0) return `nothing to remove from ${printable(store)}: something needs all that is there\n`;
  const lines = [
    ...roots.map(({ name, key, bytes: size }) => `- ${name} (${key}), ${formatBytes(size)}`),
    ...uppers.map(({ project, environment, path }) => `- what ${project}/${environment} wrote over an earlier root, in ${path}`),
  ];
  const files = `${paths.length} ${paths.length === 1 ? "file" : "files"}`;
  const total = `${removed ? "removed" : "would remove"} ${files} of ${printable(store)}, ${formatBytes(bytes)}`;
  return `${lines.map((line) => `${style.red(printable(line))}\n`).join("")}${total}\n`;
}

/** As one JSON document, `cloister/sweep/v1` (schemas/output/sweep-v1.json). */
export function sweepDocument({ store, garbage, uppers, removed }: SweepReport): Record<string, unknown> {
  return {
    schema: "cloister/sweep/v1",
    store,
    removed,
    roots: garbage.roots.map(({ key, name, digest, bytes }) => ({ key, name, digest, bytes })),
    paths: garbage.paths,
    bytes: garbage.bytes,
    uppers: uppers.map(({ project, environment, layer, path }) => ({ project, environment, layer, path })),
  };
}
