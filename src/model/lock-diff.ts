import type { Lock, LockedLayer, LockedRoot } from "./lock.ts";
import { entriesOf, packagesOfEntry } from "./lock.ts";
import type { LockedPackage } from "./locked-packages.ts";

/** One package in which two locks of a root differ; null: it is not there. */
export interface PackageDifference {
  readonly name: string;
  readonly before: LockedPackage | null;
  readonly after: LockedPackage | null;
}

/** One thing of a locked root besides its packages: the release file, the builder, what comes of it. */
export interface OtherDifference {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

type Entry = LockedRoot | LockedLayer;

/** In what two locks of one root or layer differ; null: it is not in that lock. */
export interface RootDifference {
  readonly name: string;
  readonly before: Entry | null;
  readonly after: Entry | null;
  readonly packages: readonly PackageDifference[];
  readonly others: readonly OtherDifference[];
}

/** In what two locks differ, root by root: the same spec first, then what is left of the same release and variant. */
export function lockDifferences(before: Lock, after: Lock): readonly RootDifference[] {
  const left = [...entriesOf(after)];
  const take = (matches: (root: Entry) => boolean): Entry | null => {
    const index = left.findIndex(matches);
    return index < 0 ? null : (left.splice(index, 1)[0] ?? null);
  };
  const old = entriesOf(before);
  const pairs = new Map<Entry, Entry | null>();
  for (const root of old)
    pairs.set(
      root,
      take(({ name, spec }) => name === root.name && JSON.stringify(spec) === JSON.stringify(root.spec)),
    );
  for (const root of old) pairs.set(root, pairs.get(root) ?? take((one) => kindOf(one) === kindOf(root)));
  const changed = old.map((root) => rootDifference(root, pairs.get(root) ?? null));
  return [...changed, ...left.map((root) => rootDifference(null, root))].filter(isDifferent);
}

/** `7.88.1-10+deb12u5` and `7.88.1-10+deb12u12` is `u12`: the end of a version from where it differs, where that begins with a letter; else all of it. */
export function versionEnd(before: string, after: string): string {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  // Back over what is one number, and over the letters before it.
  while (same > 0 && /\d/.test(after[same - 1] ?? "")) same -= 1;
  while (same > 0 && /[a-z]/.test(after[same - 1] ?? "")) same -= 1;
  const end = after.slice(same);
  return /^[a-z]+\d/.test(end) && same > 0 ? end : after;
}

/** What stays the same of a root or layer when it is asked for otherwise. */
function kindOf(entry: Entry): string {
  const { spec } = entry;
  if ("over" in entry) return JSON.stringify([spec.type, spec.type === "packages" ? entry.name.replace(/\+\d+$/, "") : entry.name]);
  return JSON.stringify([spec.distribution, spec.release, spec.variant]);
}

function rootDifference(before: Entry | null, after: Entry | null): RootDifference {
  const [old, young] = [before, after].map((entry) => (entry === null ? {} : packagesOfEntry(entry)));
  const names = [...new Set([old, young].flatMap((all) => Object.keys(all ?? {})))].sort();
  const packages = names
    .map((name) => ({ name, before: old?.[name] ?? null, after: young?.[name] ?? null }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
  const others = before === null || after === null ? [] : otherDifferences(before, after);
  return { name: (after ?? before)?.name ?? "", before, after, packages, others };
}

function otherDifferences(before: Entry, after: Entry): readonly OtherDifference[] {
  const told = (entry: Entry) => {
    const release = "over" in entry ? entry.from?.release : entry.release;
    return new Map([
      ["asked for", JSON.stringify(entry.spec)],
      [
        "release file",
        release === undefined ? "" : `${release.suite} ${release.codename} of ${release.date}, sha256 ${release.in_release}`,
      ],
      ["signed by", release?.keys.join(", ") || "unknown keys"],
      ["builder", "over" in entry ? `recipe ${entry.from?.recipe ?? ""}` : builderText(entry.builder)],
      ["normalisation", "over" in entry ? "" : entry.normalisation.join("; ")],
      ["tree", entry.result === null ? "not locked" : `sha256 ${entry.result.tree}, ${entry.result.files} files`],
      ["image", entry.result === null ? "not locked" : `sha256 ${entry.result.image ?? "none"}, by ${entry.result.mkfs ?? "nothing"}`],
      ["lies on", "over" in entry ? `sha256 ${entry.over}` : ""],
    ]);
  };
  const young = told(after);
  return [...told(before)].flatMap(([what, text]) =>
    text === young.get(what) ? [] : [{ what, before: text, after: young.get(what) ?? "" }],
  );
}

function builderText({ name, version, recipe, options }: LockedRoot["builder"]): string {
  return `${name} ${version ?? ""}, recipe ${recipe}, ${options.join(" ")}`;
}

function isDifferent({ before, after, packages, others }: RootDifference): boolean {
  return before === null || after === null || packages.length + others.length > 0;
}
