import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";

/** What became of one path. */
export interface FileDifference {
  /** Inside, absolute. */
  readonly path: string;
  readonly action: "add" | "remove" | "change";
  /** Of a change: what differs. */
  readonly fields: readonly { readonly field: string; readonly before: string | number | null; readonly after: string | number | null }[];
}

/** What became of one Debian package. */
export interface PackageDifference {
  /** `curl:amd64` */
  readonly name: string;
  readonly action: "add" | "remove" | "change";
  /** Versions; null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What two roots differ in. */
export interface RootDiff {
  readonly from: string;
  readonly to: string;
  readonly packages: readonly PackageDifference[];
  readonly files: readonly FileDifference[];
}

/** For people: packages, then paths. Ends in a line break. */
export function renderRootDiff({ from, to, packages, files }: RootDiff, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  if (packages.length === 0 && files.length === 0) return `${printable(to)} has the same files as ${printable(from)}\n`;
  const line = (action: FileDifference["action"], text: string) => {
    const shown = printable(text);
    if (action === "change") return `${style.yellow("~")} ${shown}\n`;
    return action === "add" ? style.green(`+ ${shown}\n`) : style.red(`- ${shown}\n`);
  };
  const changed = packages.map(({ name, action, before, after }) =>
    line(action, `package ${name} ${action === "change" ? `${before} -> ${after}` : (before ?? after)}`),
  );
  const paths = files.map(({ path, action, fields }) => line(action, `${path}${detail(fields)}`));
  return [...changed, ...paths].join("");
}

function detail(fields: FileDifference["fields"]): string {
  const shown = fields.map(({ field, before, after }) => (field === "sha256" ? "content" : `${field} ${before} -> ${after}`));
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

/** As one JSON document, `cloister/rootfs-diff/v1` (schemas/output/rootfs-diff-v1.json). */
export function rootDiffDocument({ from, to, packages, files }: RootDiff): Record<string, unknown> {
  return { schema: "cloister/rootfs-diff/v1", from, to, packages, files };
}
