import type { Root } from "../model/root.ts";
import { printable } from "./printable.ts";
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
