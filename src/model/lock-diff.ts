import type { Lock, LockedPackage, LockedRoot } from "./lock.ts";

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

/** In what two locks of one root differ; null: it is not in that lock. */
export interface RootDifference {
  readonly name: string;
  readonly before: LockedRoot | null;
  readonly after: LockedRoot | null;
  readonly packages: readonly PackageDifference[];
  readonly others: readonly OtherDifference[];
}

/** In what two locks differ, root by root: the same spec first, then what is left of the same release and variant. */
export function lockDifferences(before: Lock, after: Lock): readonly RootDifference[] {
  const left = after.roots.map(({ root }) => root);
  const take = (matches: (root: LockedRoot) => boolean): LockedRoot | null => {
    const index = left.findIndex(matches);
    return index < 0 ? null : (left.splice(index, 1)[0] ?? null);
  };
  const old = before.roots.map(({ root }) => root);
  const pairs = new Map<LockedRoot, LockedRoot | null>();
  for (const root of old)
    pairs.set(
      root,
      take(({ spec }) => JSON.stringify(spec) === JSON.stringify(root.spec)),
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

function kindOf({ spec }: LockedRoot): string {
  return JSON.stringify([spec.distribution, spec.release, spec.variant]);
}

function rootDifference(before: LockedRoot | null, after: LockedRoot | null): RootDifference {
  const [old, young] = [before?.packages ?? {}, after?.packages ?? {}];
  const names = [...new Set([...Object.keys(old), ...Object.keys(young)])].sort();
  const packages = names
    .map((name) => ({ name, before: old[name] ?? null, after: young[name] ?? null }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
  const others = before === null || after === null ? [] : otherDifferences(before, after);
  return { name: (after ?? before)?.name ?? "", before, after, packages, others };
}

function otherDifferences(before: LockedRoot, after: LockedRoot): readonly OtherDifference[] {
  const told = (root: LockedRoot) =>
    new Map([
      ["asked for", JSON.stringify(root.spec)],
      ["release file", `${root.release.suite} ${root.release.codename} of ${root.release.date}, sha256 ${root.release.in_release}`],
      ["signed by", root.release.keys.join(", ") || "unknown keys"],
      ["builder", `${root.builder.name} ${root.builder.version ?? ""}, recipe ${root.builder.recipe}, ${root.builder.options.join(" ")}`],
      ["normalisation", root.normalisation.join("; ")],
      ["tree", `sha256 ${root.result.tree}, ${root.result.files} files`],
      ["image", `sha256 ${root.result.image ?? "none"}, by ${root.result.mkfs ?? "nothing"}`],
    ]);
  const young = told(after);
  return [...told(before)].flatMap(([what, text]) =>
    text === young.get(what) ? [] : [{ what, before: text, after: young.get(what) ?? "" }],
  );
}

function isDifferent({ before, after, packages, others }: RootDifference): boolean {
  return before === null || after === null || packages.length + others.length > 0;
}
