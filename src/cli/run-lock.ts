import * as fs from "node:fs";
import { dirname } from "node:path";
import { writeNew } from "../host/files.ts";
import { lockDigest, noteLockFile, readNotedLock } from "../host/store-lock.ts";
import { leaveStore, useStore } from "../host/store-users.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest, ReleaseRootfs } from "../model/environment.ts";
import { releaseOf } from "../model/environment.ts";
import type { Lock, LockedRoot } from "../model/lock.ts";
import { lockText } from "../model/lock.ts";
import { lockDifferences } from "../model/lock-diff.ts";
import { rootKey, rootName, rootSpec } from "../resources/rootfs.ts";
import { lockDiffDocument, lockDocument, renderLock, renderLockDifferences } from "../ui/render-lock.ts";
import { carryOut } from "./carry-out.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import { loadManifest } from "./load-manifest.ts";
import type { LockOnDisk } from "./lock-file.ts";
import { entryFor, formerEntry, readLock, readLockAt, stale } from "./lock-file.ts";
import { openEngine } from "./open-engine.ts";
import { requireRoot } from "./require-root.ts";

/** One root of a manifest, with the first environment that asks for it. */
interface WantedRoot {
  readonly name: string;
  readonly rootfs: ReleaseRootfs;
}

/** `lock`: resolves what the lock beside the manifest does not say, or what is to be updated, and writes it; returns the exit code. */
export async function runLock(context: Context): Promise<number> {
  const manifest = loadManifest(context);
  const disk = readLock(manifest.directory);
  const wanted = wantedRoots(manifest);
  refuseOtherTools(wanted);
  if (context.flags.has("check")) return check(context, { manifest, disk, wanted });
  const update = updateOf(context, disk.lock);
  const todo = wanted.filter(({ rootfs }) => isToDo(disk.lock, rootfs, update));
  if (todo.length === 0) return write(context, { manifest, disk, wanted, resolved: new Map() });
  requireRoot();
  const store = `${directoriesOf(context.settings).data}/store`;
  // Until what it names is written beside the manifest nothing else says that it is needed.
  await useStore(store, "lock");
  try {
    const resolved = await resolve(context, { manifest, disk, todo, free: update ?? [] }, store);
    if (typeof resolved === "number") return resolved;
    // Noted first: a run that ends in between has noted a file that names nothing yet.
    noteLockFile(store, disk.path);
    return write(context, { manifest, disk, wanted, resolved });
  } finally {
    leaveStore();
  }
}

/** Writes what was resolved, and what stays as it was, beside the manifest, and tells of it. Returns the exit code. */
function write(
  context: Context,
  {
    manifest,
    disk,
    wanted,
    resolved,
  }: Locking & { readonly wanted: readonly WantedRoot[]; readonly resolved: ReadonlyMap<string, LockedRoot> },
): number {
  const roots = wanted.flatMap(({ rootfs }) => resolved.get(specText(rootfs)) ?? entryFor(disk.lock, rootfs) ?? []);
  const lock = composed(disk.lock, manifest.project, roots);
  const text = lockText(lock);
  const changed = text !== disk.text && (disk.text !== null || roots.length > 0);
  if (changed) writeBeside(disk, text);
  tell(context, { path: disk.path, changed, roots, differences: lockDifferences(disk.lock, lock) });
  return 0;
}

/** `lock diff A B`: says in what two locks differ; returns the exit code. */
export function runLockDiff({ settings, terminal }: Context, [a, b]: readonly [string, string]): number {
  const [before, after] = [a, b].map((path) => {
    const read = readLockAt(path);
    if (read.text === null) throw invalid(`${path} is not there`, "name two files: cloister lock diff old.lock cloister.lock");
    return read.lock;
  });
  const differences = lockDifferences(before ?? { roots: [] }, after ?? { roots: [] });
  terminal.out(
    settings.json
      ? `${JSON.stringify(lockDiffDocument(differences))}\n`
      : renderLockDifferences(differences, { color: settings.color.out }),
  );
  return 0;
}

/** What is locked, and by what. */
interface Locking {
  readonly manifest: Manifest;
  readonly disk: LockOnDisk;
}

/** Throws `lock/stale` where `lock` would have something to do. */
function check(context: Context, { manifest, disk, wanted }: Locking & { readonly wanted: readonly WantedRoot[] }): number {
  const missing = wanted.filter(({ rootfs }) => entryFor(disk.lock, rootfs) === null).map((one) => stale(disk, one));
  if (missing.length > 0) throw new CloisterError(missing);
  const roots = wanted.flatMap(({ rootfs }) => entryFor(disk.lock, rootfs) ?? []);
  if (disk.text !== null && lockText(composed(disk.lock, manifest.project, roots)) !== disk.text) {
    const message = `${disk.path} is not as cloister lock would write it: it names roots that nobody asks for, or was edited`;
    throw new CloisterError({ code: "lock/stale", severity: "error", message, hint: "cloister lock" });
  }
  tell(context, { path: disk.path, changed: false, roots, differences: [] });
  return 0;
}

/** The packages that are to move; [] all; null: only what the lock does not say is resolved. */
function updateOf({ flags, operands }: Context, { roots }: Lock): readonly string[] | null {
  if (!flags.has("update")) {
    if (operands.length === 0) return null;
    throw invalid(
      `lock does not know "${operands.join(" ")}"`,
      "packages are named with --update: cloister lock --update curl; two locks with diff",
    );
  }
  const unknown = operands.filter((name) => roots.every(({ root }) => root.packages[name] === undefined));
  if (unknown.length > 0)
    throw invalid(`no locked root has a package ${unknown.join(", ")}`, "a new one is named in rootfs.packages; then cloister lock");
  return operands;
}

function isToDo(lock: Lock, rootfs: ReleaseRootfs, update: readonly string[] | null): boolean {
  const entry = entryFor(lock, rootfs);
  if (entry === null || update === null) return entry === null;
  return update.length === 0 || update.some((name) => entry.packages[name] !== undefined);
}

/** Builds roots from what the mirror has, and returns what they were made of, by their specs; the exit code where one could not be built, which was told. */
async function resolve(
  context: Context,
  { manifest, disk, todo, free }: Locking & { readonly todo: readonly WantedRoot[]; readonly free: readonly string[] },
  store: string,
): Promise<Map<string, LockedRoot> | number> {
  const specs = new Map(todo.map(({ rootfs }) => [specText(rootfs), resolving(disk.lock, rootfs, free)] as const));
  const environments = [...manifest.environments].flatMap(([name, environment]): readonly (readonly [string, Environment])[] => {
    const release = releaseOf(environment.rootfs);
    // Layers over it are not locked.
    const rootfs = release === null ? undefined : specs.get(specText(release));
    return rootfs === undefined ? [] : [[name, { ...environment, rootfs }]];
  });
  const engine = await openEngine(context, { manifest: { ...manifest, environments: new Map(environments) }, verb: "lock" });
  const code = await carryOut(await engine.planBuild([], { refresh: true }), { context, engine });
  if (code !== 0) return code;
  return new Map(
    [...specs].map(([spec, rootfs]) => {
      const noted = readNotedLock(store, rootKey(rootfs, { get: () => ({ absent: "not asked" }) }));
      if (noted === null) throw new Error(`nothing was noted of ${rootName(rootfs)}`);
      return [spec, noted];
    }),
  );
}

function resolving(lock: Lock, rootfs: ReleaseRootfs, free: readonly string[]): ReleaseRootfs {
  const former = free.length === 0 ? null : formerEntry(lock, rootfs);
  return { ...rootfs, resolving: { from: former === null ? null : lockDigest(former), free } };
}

/** A lock with what this project asks for; what other projects of the directory ask for stays. */
function composed(before: Lock, project: string, roots: readonly LockedRoot[]): Lock {
  const all = new Map<string, Lock["roots"][number]>();
  for (const { projects, root } of before.roots) {
    const others = projects.filter((one) => one !== project);
    if (others.length > 0) all.set(lockDigest(root), { projects: others, root });
  }
  for (const root of roots) {
    const digest = lockDigest(root);
    all.set(digest, { projects: [...(all.get(digest)?.projects ?? []), project], root });
  }
  return { roots: [...all.values()] };
}

/** The roots that a lock can be made of, each once. */
function wantedRoots({ environments }: Manifest): readonly WantedRoot[] {
  const found = new Map<string, WantedRoot>();
  for (const [name, environment] of environments) {
    const rootfs = releaseOf(environment.rootfs);
    if (rootfs !== null && !found.has(specText(rootfs))) found.set(specText(rootfs), { name, rootfs });
  }
  return [...found.values()];
}

function refuseOtherTools(wanted: readonly WantedRoot[]): void {
  const others = wanted.filter(({ rootfs }) => rootfs.tool === "debootstrap");
  if (others.length === 0) return;
  throw new CloisterError(
    others.map(({ name }): Diagnostic => {
      const message = `the root of ${name} is to be built by debootstrap, and a lock is made and built with mmdebstrap`;
      return { code: "lock/wrong-tool", severity: "error", message, hint: "leave rootfs.tool out" };
    }),
  );
}

function specText(rootfs: ReleaseRootfs): string {
  return JSON.stringify(rootSpec(rootfs));
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
