import type { LockedLayer, LockedRoot } from "../model/lock.ts";
import { packagesOfEntry } from "../model/lock.ts";
import type { PackageDifference, RootDifference } from "../model/lock-diff.ts";
import { versionEnd } from "../model/lock-diff.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";

/** What became of a lock. */
export interface LockReport {
  readonly path: string;
  /** Whether other bytes stand in it now. */
  readonly changed: boolean;
  readonly roots: readonly LockedRoot[];
  readonly layers: readonly LockedLayer[];
  /** Layers that came out otherwise a second time, with the first path that told the two apart. */
  readonly varying: readonly { readonly name: string; readonly path: string }[];
  readonly differences: readonly RootDifference[];
}

/** What became of a lock, for people. Ends in a line break. */
export function renderLock(
  { path, changed, roots, layers, varying, differences }: LockReport,
  options: { readonly color: boolean },
): string {
  const style = styleFor(options.color);
  const expired = roots.filter(({ release }) => release.valid_until !== null && Date.parse(release.valid_until) < Date.now());
  if (!changed && roots.length === 0 && layers.length === 0) return "nothing to lock: no root is from a release\n";
  const lines = [
    ...expired.map(
      ({ name, release }) =>
        `${style.yellow("note")}: the release file of ${printable(name)} was valid until ${printable(release.valid_until ?? "")}; it is of a snapshot, or has expired since\n`,
    ),
    ...varying.map(
      ({ name, path: first }) =>
        `${style.yellow("note")}: ${printable(name)} is something else each time that it is made (first at ${printable(first)}): what comes of it is not locked\n`,
    ),
    ...(changed ? [renderLockDifferences(differences, options)] : []),
    `${changed ? "wrote" : "nothing to do:"} ${printable(path)}${changed ? "" : " is up to date"}: ${counted(roots.length, "root")}, ${layers.length === 0 ? "" : `${counted(layers.length, "layer")}, `}${counted(packagesIn([...roots, ...layers]), "package")}\n`,
  ];
  return lines.join("");
}

/** In what two locks differ, for people: a root a paragraph, a package a line. Ends in a line break. */
export function renderLockDifferences(differences: readonly RootDifference[], options: { readonly color: boolean }): string {
  if (differences.length === 0) return "they say the same\n";
  const style = styleFor(options.color);
  return differences.flatMap((one) => rootLines(one, style)).join("");
}

function rootLines({ before, after, packages, others, ...root }: RootDifference, style: Style): readonly string[] {
  // A lock comes from a repository. What of packages is shown here was looked at when it was read.
  const name = printable(root.name);
  const count = (locked: LockedRoot | LockedLayer) => {
    const number = Object.keys(packagesOfEntry(locked)).length;
    return "over" in locked && number === 0 ? "" : `, ${counted(number, "package")}`;
  };
  if (before === null) return [style.green(`+ ${name}${after === null ? "" : count(after)}\n`)];
  if (after === null) return [style.red(`- ${name}${count(before)}\n`)];
  return [
    style.bold(`${name}\n`),
    ...packages.map((one) => `  ${packageLine(one, style)}\n`),
    ...others.map(({ what, before: old, after: young }) => `  ${style.yellow("~")} ${what}: ${printable(old)} -> ${printable(young)}\n`),
  ];
}

function packageLine({ name, before, after }: PackageDifference, style: Style): string {
  if (before === null) return style.green(`+ ${name} ${after?.version ?? ""}`);
  if (after === null) return style.red(`- ${name} ${before.version}`);
  if (before.version !== after.version)
    return `${style.yellow("~")} ${name} ${before.version} -> ${versionEnd(before.version, after.version)}`;
  const what = before.sha256 === after.sha256 ? "other fields of its stanza" : `other bytes: sha256 ${before.sha256} -> ${after.sha256}`;
  return `${style.yellow("~")} ${name} ${before.version}, ${what}`;
}

/** What became of a lock as one JSON document, `cloister/lock-report/v1` (schemas/output/lock-report-v1.json). */
export function lockDocument({ path, changed, roots, layers, varying, differences }: LockReport): Record<string, unknown> {
  const told = roots.map(({ name, release, result, packages }) => ({ name, release, result, packages: Object.keys(packages).length }));
  const over = layers.map((layer) => ({ name: layer.name, result: layer.result, packages: Object.keys(packagesOfEntry(layer)).length }));
  return {
    schema: "cloister/lock-report/v1",
    path,
    changed,
    roots: told,
    layers: over,
    varying,
    differences: differences.map(differenceRecord),
  };
}

/** In what two locks differ as one JSON document, `cloister/lock-diff/v1` (schemas/output/lock-diff-v1.json). */
export function lockDiffDocument(differences: readonly RootDifference[]): Record<string, unknown> {
  return { schema: "cloister/lock-diff/v1", differences: differences.map(differenceRecord) };
}

function differenceRecord({ name, before, after, packages, others }: RootDifference): Record<string, unknown> {
  const short = (one: PackageDifference["before"]) => (one === null ? null : { version: one.version, sha256: one.sha256 });
  return {
    name,
    change: before === null ? "added" : after === null ? "removed" : "changed",
    packages: packages.map((one) => ({ name: one.name, before: short(one.before), after: short(one.after) })),
    others,
  };
}

function packagesIn(entries: readonly (LockedRoot | LockedLayer)[]): number {
  return entries.reduce((sum, entry) => sum + Object.keys(packagesOfEntry(entry)).length, 0);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
