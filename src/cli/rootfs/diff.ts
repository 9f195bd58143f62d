import { CloisterError } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import type { InstalledPackage } from "../../model/installed-package.ts";
import type { FileDifference, PackageDifference } from "../../ui/render-root-diff.ts";
import { renderRootDiff, rootDiffDocument } from "../../ui/render-root-diff.ts";
import type { Context } from "../context.ts";
import { loadManifest } from "../load-manifest.ts";
import type { RootStore } from "../root-store.ts";
import { openStore } from "../root-store.ts";
import type { RootfsAction } from "./action.ts";
import type { NamedRoot } from "./named-root.ts";
import { namedEnvironment, namedRoot } from "./named-root.ts";
import type { TreeEntry } from "./tree-entries.ts";
import { installedPackages, treeEntries } from "./tree-entries.ts";
import { currentUppers } from "./uppers.ts";

/** `rootfs diff`: what two roots differ in, or what an environment wrote over its own. */
export const diffAction: RootfsAction = {
  name: "diff",
  operands: ["ROOT", "[ROOT]"],
  flags: [],
  async run(context) {
    const { settings, terminal, operands } = context;
    const store = openStore(context);
    const [a = "", b] = operands;
    const found = b === undefined ? await writtenOver(a, context, store) : await between([a, b], context, store);
    if (settings.json) terminal.out(`${JSON.stringify(rootDiffDocument(found))}\n`);
    else terminal.out(renderRootDiff(found, { color: settings.color.out }));
    return 0;
  },
};

async function between([a, b]: readonly [string, string], context: Context, store: RootStore) {
  const [before, after] = [namedRoot(a, context, store), namedRoot(b, context, store)];
  const read = async ({ readable }: NamedRoot) =>
    [await treeEntries(store.shim, readable, true), await installedPackages(store.shim, readable)] as const;
  const [[files, packages], [newFiles, newPackages]] = [await read(before), await read(after)];
  return {
    from: before.label,
    to: after.label,
    files: fileDifferences(files, newFiles),
    packages: packageDifferences(packages, newPackages),
  };
}

/** What each path of either is in the other, in order. */
export function fileDifferences(before: ReadonlyMap<string, TreeEntry>, after: ReadonlyMap<string, TreeEntry>): readonly FileDifference[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): readonly FileDifference[] => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === undefined) return [{ path, action: "add", fields: [] }];
    if (now === undefined) return [{ path, action: "remove", fields: [] }];
    const fields = (["type", "mode", "uid", "gid", "size", "target", "sha256"] as const)
      .filter((field) => old[field] !== now[field])
      .map((field) => ({ field, before: old[field], after: now[field] }));
    return fields.length === 0 ? [] : [{ path, action: "change", fields }];
  });
}

/** Packages by name and architecture. */
export function packageDifferences(before: readonly InstalledPackage[], after: readonly InstalledPackage[]): readonly PackageDifference[] {
  const versions = (packages: readonly InstalledPackage[]) =>
    new Map(packages.map(({ name, architecture, version }) => [`${name}:${architecture}`, version]));
  const [old, now] = [versions(before), versions(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name): readonly PackageDifference[] => {
    const [was, is] = [old.get(name) ?? null, now.get(name) ?? null];
    if (was === is) return [];
    return [{ name, action: was === null ? "add" : is === null ? "remove" : "change", before: was, after: is }];
  });
}

/** What lies in the overlay that the environment has now. Owners there are those of its range of ids, and are not compared. */
async function writtenOver(word: string, context: Context, store: RootStore) {
  const environment = namedEnvironment(word, context);
  if (environment === null) {
    throw new CloisterError({
      code: "usage/missing-operand",
      severity: "error",
      message: `"${word}" is no environment, so that rootfs diff needs another ROOT to compare it with`,
      hint: "usage: cloister rootfs diff ROOT ROOT, or cloister rootfs diff ENVIRONMENT",
    });
  }
  const upper = upperOf(environment, context, store);
  const { readable } = namedRoot(word, context, store);
  const lower = await treeEntries(store.shim, readable, false);
  const merged = await treeEntries(store.shim, { ...readable, upper: `${upper}/u` }, false);
  const written = await treeEntries(store.shim, { layers: [`${upper}/u`] }, false);
  const files = fileDifferences(withoutOwners(lower), withoutOwners(merged));
  const known = new Set(files.map(({ path }) => path));
  // Of the same size as before, and written all the same.
  const same = [...written].flatMap(([path, { type }]): readonly FileDifference[] =>
    type !== "f" || known.has(path) || !lower.has(path) ? [] : [{ path, action: "change", fields: [] }],
  );
  const all = [...files, ...same].sort((one, other) => (one.path < other.path ? -1 : 1));
  return { from: `the root of ${word}`, to: word, files: all, packages: [] };
}

function withoutOwners(entries: ReadonlyMap<string, TreeEntry>): ReadonlyMap<string, TreeEntry> {
  return new Map([...entries].map(([path, entry]) => [path, { ...entry, uid: 0, gid: 0 }]));
}

/** The overlay that an environment has now. Throws `rootfs/no-upper`. */
function upperOf({ name, overlay }: Environment, context: Context, store: RootStore): string {
  const { project } = loadManifest({ ...context, exists: () => true });
  const own = currentUppers(store).filter((upper) => upper.project === project && upper.environment === name);
  const current = own.find(({ standing }) => standing === "current") ?? own.find(({ standing }) => standing === "unknown");
  if (current !== undefined) return current.path;
  const why =
    overlay === "none"
      ? "it has no overlay"
      : overlay === "ephemeral"
        ? "its overlay is ephemeral: it is not looked into"
        : "it was never started, or destroyed with --volumes";
  throw new CloisterError({
    code: "rootfs/no-upper",
    severity: "error",
    message: `what ${name} wrote over its root is not kept: ${why}`,
    hint: "overlay: persistent keeps it; cloister apply starts it",
  });
}
