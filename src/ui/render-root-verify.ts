import type { Root } from "../model/root.ts";
import { printable } from "./printable.ts";
import type { FileDifference } from "./render-root-diff.ts";
import { styleFor } from "./style.ts";

/** A root with the digest that its bytes have now; null where they cannot be read. */
export interface VerifiedRoot {
  readonly root: Root;
  readonly found: string | null;
}

/** What was verified of a store. */
export interface VerifiedRoots {
  readonly store: string;
  readonly roots: readonly VerifiedRoot[];
  /** Keys of index entries that name nothing whole. */
  readonly broken: readonly string[];
}

/** For people, a root a line. Ends in a line break. */
export function renderVerifiedRoots({ store, roots, broken }: VerifiedRoots, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  const lines = roots.map(({ root: { name, key, digest }, found }) => {
    const about = `${printable(name)} (${key})`;
    if (found === digest) return `${style.green("whole")}    ${about}`;
    return `${style.red("damaged")}  ${about}: ${found === null ? "it cannot be read" : `sha256 ${found}`}, built as ${digest}`;
  });
  const missing = broken.map((key) => `${style.red("damaged")}  ${key}: its image is not there, or not of its size`);
  const all = [...lines, ...missing];
  return all.length === 0 ? `no roots in ${printable(store)}\n` : `${all.join("\n")}\n`;
}

/** As one JSON document, `cloister/rootfs-verify/v1` (schemas/output/rootfs-verify-v1.json). */
export function verifiedRootsDocument({ store, roots, broken }: VerifiedRoots): Record<string, unknown> {
  const whole = roots.map(({ root: { key, name, digest }, found }) => ({ key, name, digest, found, whole: found === digest }));
  const nothing = broken.map((key) => ({ key, name: null, digest: null, found: null, whole: false }));
  return { schema: "cloister/rootfs-verify/v1", store, roots: [...whole, ...nothing] };
}

/** A root that was built once more, with the digest that it has then. */
export interface RebuiltRoot {
  readonly root: Root;
  readonly digest: string;
  /** The first path in which the two differ; null where none does, or only in its date. */
  readonly first: FileDifference | null;
}

/** What was built once more of a store. */
export interface RebuiltRoots {
  readonly store: string;
  readonly rebuilt: readonly RebuiltRoot[];
}

/** For people, a root a line. Ends in a line break. */
export function renderRebuiltRoots({ rebuilt }: RebuiltRoots, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  const lines = rebuilt.map(({ root: { name, key, digest: stored }, digest, first }) => {
    const about = `${printable(name)} (${key})`;
    if (digest === stored) return `${style.green("same")}     ${about}: built anew it has sha256 ${digest}, too`;
    const where = first === null ? "no path differs but in its date" : `first at ${printable(first.path)} (${difference(first)})`;
    return `${style.red("differs")}  ${about}: built anew it has sha256 ${digest}, in the store ${stored}; ${where}`;
  });
  return lines.length === 0 ? "no root of the manifest is built\n" : `${lines.join("\n")}\n`;
}

function difference({ action, fields }: FileDifference): string {
  if (action !== "change") return action === "add" ? "only there now" : "only in the store";
  return fields.map(({ field, before, after }) => printable(`${field} ${before ?? ""} -> ${after ?? ""}`)).join(", ");
}

/** As one JSON document, `cloister/rootfs-rebuild/v1` (schemas/output/rootfs-rebuild-v1.json). */
export function rebuiltRootsDocument({ store, rebuilt }: RebuiltRoots): Record<string, unknown> {
  const roots = rebuilt.map(({ root: { key, name, digest: stored }, digest, first }) => ({
    ...{ key, name, digest: stored, rebuilt: digest, same: digest === stored },
    first_difference: first === null ? null : { path: first.path, action: first.action },
  }));
  return { schema: "cloister/rootfs-rebuild/v1", store, roots };
}
