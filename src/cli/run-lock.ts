import * as fs from "node:fs";
import { dirname } from "node:path";
import { writeNew } from "../host/files.ts";
import { assertOwned } from "../host/owned.ts";
import { lockDigest, noteLockFile } from "../host/store-lock.ts";
import { leaveStore, useStore } from "../host/store-users.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Lock, LockedLayer, LockedRoot } from "../model/lock.ts";
import { entriesOf, lockText, packagesOfEntry } from "../model/lock.ts";
import { lockDifferences } from "../model/lock-diff.ts";
import type { BuiltRootfs } from "../model/rootfs.ts";
import { releaseOf } from "../model/rootfs.ts";
import { rootKey } from "../resources/rootfs.ts";
import { lockDiffDocument, lockDocument, renderLock, renderLockDifferences } from "../ui/render-lock.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import { loadManifest } from "./load-manifest.ts";
import type { LockOnDisk } from "./lock-file.ts";
import { asLocked, inLock, nothingLocked, readLock, readLockAt, withLock } from "./lock-file.ts";
import { requireRoot } from "./require-root.ts";
import type { Resolved } from "./resolve-roots.ts";
import { resolveRoots } from "./resolve-roots.ts";

/** One root of a manifest, with the first environment that asks for it. */
interface WantedRoot {
  readonly name: string;
  readonly rootfs: BuiltRootfs;
}

/** `lock`: resolves what the lock beside the manifest does not say, or what is to be updated, and writes it; returns the exit code. */
export async function runLock(context: Context): Promise<number> {
  const manifest = loadManifest(context);
  const disk = readLock(manifest.directory);
  const update = context.flags.has("check") ? null : updateOf(context, disk.lock);
  // A lock from before packages were a layer stays in force until all of it is resolved anew.
  const wanted = wantedRoots(manifest).map((one) => (update?.length === 0 ? one : { ...one, rootfs: asLocked(one.rootfs, disk.lock) }));
  refuseOtherTools(wanted);
  if (context.flags.has("check")) return check(context, { manifest, disk, wanted });
  const kept = without(disk.lock, update);
  if (wanted.every(({ rootfs }) => inLock(rootfs, kept).missing === null))
    return write(context, { manifest, disk, wanted }, { lock: kept, varying: [] });
  requireRoot();
  const store = `${directoriesOf(context.settings).data}/store`;
  // Until what it names is written beside the manifest nothing else says that it is needed.
  await useStore(store, "lock");
  try {
    const resolved = await resolveRoots(context, { manifest, before: disk.lock, kept, wanted, free: update ?? [] });
    if (typeof resolved === "number") return resolved;
    return write(context, { manifest, disk, wanted }, resolved);
  } finally {
    leaveStore();
  }
}

/** Writes what was resolved, and what stays as it was, beside the manifest, and tells of it. Returns the exit code. */
export function write(context: Context, { manifest, disk, wanted }: Wanted, { lock: resolved, varying }: Resolved): number {
  const entries = entriesOfRoots(wanted, resolved);
  const lock = composed(disk.lock, manifest.project, entries);
  const text = lockText(lock);
  const changed = text !== disk.text && (disk.text !== null || entries.roots.length > 0);
  if (changed) {
    // Noted first: a run that ends in between has noted a file that names nothing yet.
    noteInStore(context, disk);
    writeBeside(disk, text);
  }
  tell(context, { path: disk.path, changed, ...entries, varying, differences: lockDifferences(disk.lock, lock) });
  return 0;
}

/** A store that is there keeps what the lock names. Who is not root has none, and the lock all the same. */
function noteInStore({ settings }: Context, { path }: LockOnDisk): void {
  const { data } = directoriesOf(settings);
  if (process.geteuid?.() !== 0 || !fs.existsSync(`${data}/store`)) return;
  assertOwned(data);
  noteLockFile(`${data}/store`, path);
}

/** What a lock says of these roots, each once. */
function entriesOfRoots(wanted: readonly WantedRoot[], lock: Lock): Entries {
  const all = new Map(wanted.flatMap(({ rootfs }) => inLock(rootfs, lock).entries).map((entry) => [lockDigest(entry), entry]));
  const [roots, layers]: [LockedRoot[], LockedLayer[]] = [[], []];
  for (const entry of all.values()) {
    if ("over" in entry) layers.push(entry);
    else roots.push(entry);
  }
  return { roots, layers };
}

interface Entries {
  readonly roots: readonly LockedRoot[];
  readonly layers: readonly LockedLayer[];
}

/** A lock without what is to be resolved anew: all of it, or what has one of these packages. */
function without(lock: Lock, update: readonly string[] | null): Lock {
  if (update === null) return lock;
  if (update.length === 0) return nothingLocked;
  const stays = (entry: LockedRoot | LockedLayer) => update.every((name) => packagesOfEntry(entry)[name] === undefined);
  return { roots: lock.roots.filter(({ root }) => stays(root)), layers: lock.layers.filter(({ layer }) => stays(layer)) };
}

/** `lock diff A B`: says in what two locks differ; returns the exit code. */
export function runLockDiff({ settings, terminal }: Context, [a, b]: readonly [string, string]): number {
  const [before, after] = [a, b].map((path) => {
    const read = readLockAt(path);
    if (read.text === null)
      throw invalid(
        `${path} is not there`,
        "name two files, or what has one of git: cloister lock diff <(git show main:cloister.lock) cloister.lock",
      );
    return read.lock;
  });
  const differences = lockDifferences(before ?? nothingLocked, after ?? nothingLocked);
  terminal.out(
    settings.json
      ? `${JSON.stringify(lockDiffDocument(differences))}\n`
      : renderLockDifferences(differences, { color: settings.color.out }),
  );
  return 0;
}

/** What is locked, and by what. */
interface Wanted {
  readonly manifest: Manifest;
  readonly disk: LockOnDisk;
  readonly wanted: readonly WantedRoot[];
}

/** Throws `lock/stale` where `lock` would have something to do. */
function check(context: Context, { manifest, disk, wanted }: Wanted): number {
  // The roots of all environments, in the words of --locked.
  withLock(manifest, { required: true });
  const entries = entriesOfRoots(wanted, disk.lock);
  if (disk.text !== null && lockText(composed(disk.lock, manifest.project, entries)) !== disk.text) {
    const message = `${disk.path} is not as cloister lock would write it: it names roots that nobody asks for, or was edited`;
    throw new CloisterError({ code: "lock/stale", severity: "error", message, hint: "cloister lock" });
  }
  tell(context, { path: disk.path, changed: false, ...entries, varying: [], differences: [] });
  return 0;
}

/** The packages that are to move; [] all; null: only what the lock does not say is resolved. */
function updateOf({ flags, operands }: Context, lock: Lock): readonly string[] | null {
  if (!flags.has("update")) {
    if (operands.length === 0) return null;
    throw invalid(
      `lock does not know "${operands.join(" ")}"`,
      "packages are named with --update: cloister lock --update curl; two locks with diff",
    );
  }
  const unknown = operands.filter((name) => entriesOf(lock).every((entry) => packagesOfEntry(entry)[name] === undefined));
  if (unknown.length > 0)
    throw invalid(`no locked root has a package ${unknown.join(", ")}`, "a new one is named in rootfs.packages; then cloister lock");
  return operands;
}

/** A lock with what this project asks for; what other projects of the directory ask for stays. */
function composed(before: Lock, project: string, { roots, layers }: Entries): Lock {
  const [oldRoots, oldLayers] = [
    before.roots.map(({ projects, root }) => ({ projects, entry: root })),
    before.layers.map(({ projects, layer }) => ({ projects, entry: layer })),
  ];
  return {
    roots: owned(oldRoots, project, roots).map(({ projects, entry }) => ({ projects, root: entry })),
    layers: owned(oldLayers, project, layers).map(({ projects, entry }) => ({ projects, layer: entry })),
  };
}

interface Owned<Entry> {
  readonly projects: readonly string[];
  readonly entry: Entry;
}

function owned<Entry extends LockedRoot | LockedLayer>(
  before: readonly Owned<Entry>[],
  project: string,
  entries: readonly Entry[],
): readonly Owned<Entry>[] {
  const all = new Map<string, Owned<Entry>>();
  for (const { projects, entry } of before) {
    const others = projects.filter((one) => one !== project);
    if (others.length > 0) all.set(lockDigest(entry), { projects: others, entry });
  }
  for (const entry of entries) {
    const digest = lockDigest(entry);
    all.set(digest, { projects: [...(all.get(digest)?.projects ?? []), project], entry });
  }
  return [...all.values()];
}

/** The roots that a lock can be made of, each once. */
export function wantedRoots({ environments }: Manifest): readonly WantedRoot[] {
  const found = new Map<string, WantedRoot>();
  for (const [name, { rootfs }] of environments) {
    if (rootfs.type === "directory" || releaseOf(rootfs) === null) continue;
    const key = rootKey(rootfs, { get: () => ({ absent: "not asked" }) });
    if (!found.has(key)) found.set(key, { name, rootfs });
  }
  return [...found.values()];
}

function refuseOtherTools(wanted: readonly WantedRoot[]): void {
  const others = wanted.filter(({ rootfs }) => releaseOf(rootfs)?.tool === "debootstrap");
  if (others.length === 0) return;
  throw new CloisterError(
    others.map(({ name }): Diagnostic => {
      const message = `the root of ${name} is to be built by debootstrap, and a lock is made and built with mmdebstrap`;
      return { code: "lock/wrong-tool", severity: "error", message, hint: "leave rootfs.tool out" };
    }),
  );
}

/** The lock belongs to whoever the one before, or the directory, belongs to: mostly not to root. */
function writeBeside({ path }: LockOnDisk, text: string): void {
  const before = fs.lstatSync(path, { throwIfNoEntry: false });
  const { uid, gid } = before ?? fs.statSync(dirname(path));
  const mode = before?.isFile() === true ? before.mode & 0o777 : 0o644;
  writeNew(path, text, { mode, uid, gid });
}

function tell({ settings, terminal }: Context, report: Parameters<typeof lockDocument>[0]): void {
  if (settings.json) terminal.out(`${JSON.stringify(lockDocument(report))}\n`);
  else if (!settings.quiet) terminal.out(renderLock(report, { color: settings.color.out }));
}

function invalid(message: string, hint: string): CloisterError {
  return new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint });
}
