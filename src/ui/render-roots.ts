import type { Root, RootUse } from "../model/root.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import { tableLines } from "./table.ts";
import { formatBytes } from "./units.ts";

/** A root of the store with what needs it. */
export interface UsedRoot extends Root {
  readonly uses: readonly RootUse[];
}

/** What an environment wrote over a root and is kept. */
export interface ListedUpper {
  readonly project: string;
  readonly environment: string;
  /** The first 16 digits of the digest of the root below it. */
  readonly layer: string;
  readonly path: string;
  readonly standing: "current" | "set-aside" | "unknown";
  /** Milliseconds since 1970. */
  readonly changedMs: number;
}

/** What is in a store. */
export interface RootsReport {
  readonly store: string;
  readonly roots: readonly UsedRoot[];
  readonly uppers: readonly ListedUpper[];
}

/** The roots of a store for people, then the overlays that were set aside. Ends in a line break. */
export function renderRoots({ store, roots, uppers }: RootsReport, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  const aside = uppers
    .filter(({ standing }) => standing === "set-aside")
    .map((one) => `set aside: what ${one.project}/${one.environment} wrote over ${one.layer}, in ${one.path}\n`)
    .map((line) => style.yellow(printable(line.trimEnd())).concat("\n"));
  if (roots.length === 0) return [`no roots in ${printable(store)}\n`, ...aside].join("");
  const rows = roots.map((root) =>
    [
      root.name,
      root.key,
      formatBytes(root.bytes),
      root.packages === null ? "-" : String(root.packages),
      root.date.slice(0, 16),
      usedBy(root),
    ].map(printable),
  );
  const titles = ["NAME", "KEY", "SIZE", "PACKAGES", "BUILT", "NEEDED BY"];
  const [head = "", ...lines] = tableLines([titles, ...rows]);
  return [`${style.dim(head)}\n`, ...lines.map((line) => `${line}\n`), ...aside].join("");
}

/** The most names in a line of the table. */
const shownUses = 3;

function usedBy({ uses }: UsedRoot): string {
  const names = [...new Set(uses.map(({ by }) => by))];
  if (names.length === 0) return "nothing";
  const more = names.length - shownUses;
  return `${names.slice(0, shownUses).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The roots of a store as one JSON document, `cloister/rootfs-ls/v1` (schemas/output/rootfs-ls-v1.json). */
export function rootsDocument({ store, roots, uppers }: RootsReport): Record<string, unknown> {
  return { schema: "cloister/rootfs-ls/v1", store, roots: roots.map(rootRecord), uppers: uppers.map(upperRecord) };
}

/** A root with where it and its log are, and what was written over it. */
export interface InspectedRoot extends UsedRoot {
  readonly path: string;
  readonly log: string | null;
  readonly uppers: readonly ListedUpper[];
  /** What was made of it because a kernel could not mount it as it is. */
  readonly forms: readonly { readonly form: "squashfs" | "unpacked" | "shifted"; readonly path: string }[];
}

/** One root as a JSON document, `cloister/rootfs-inspect/v1` (schemas/output/rootfs-inspect-v1.json). */
export function inspectedRootDocument({ path, log, spec, uppers, forms, ...root }: InspectedRoot): Record<string, unknown> {
  return { schema: "cloister/rootfs-inspect/v1", ...rootRecord(root), spec, path, log, forms, uppers: uppers.map(upperRecord) };
}

/** Whether a root is pinned now, and whether that is new. */
export interface PinReport {
  readonly root: Root;
  readonly pinned: boolean;
  readonly changed: boolean;
}

/** For people. Ends in a line break. */
export function renderPin({ root, pinned, changed }: PinReport): string {
  const now = pinned ? "is pinned: nothing sweeps it" : "is not pinned: it stays as long as something needs it";
  return `${printable(root.name)} (${root.key}) ${now}${changed ? "" : ", as before"}\n`;
}

/** As one JSON document, `cloister/rootfs-pin/v1` (schemas/output/rootfs-pin-v1.json). */
export function pinDocument({ root: { key, name }, pinned, changed }: PinReport): Record<string, unknown> {
  return { schema: "cloister/rootfs-pin/v1", key, name, pinned, changed };
}

function rootRecord({
  key,
  digest,
  name,
  format,
  bytes,
  packages,
  builder,
  date,
  uses,
}: Omit<UsedRoot, "spec" | "schema">): Record<string, unknown> {
  return { key, digest, name, format, bytes, packages, builder, date, needed_by: uses };
}

function upperRecord({ project, environment, layer, path, standing, changedMs }: ListedUpper): Record<string, unknown> {
  return { project, environment, layer, path, standing, changed: new Date(changedMs).toISOString() };
}
