import * as fs from "node:fs";
import { lockDigest, lockName } from "../host/store-lock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import { codeOf } from "../model/errno.ts";
import type { Lock, LockedLayer, LockedRoot } from "../model/lock.ts";
import { parseLock } from "../model/lock.ts";
import type { BuiltRootfs, ReleaseRootfs, RootLayer } from "../model/rootfs.ts";
import { layersIn, layersOver, releaseOf } from "../model/rootfs.ts";
import { isCurrent, rootName, rootSpec } from "../resources/rootfs.ts";
import { isCurrentLayer, layerSpec } from "../resources/rootfs-layer.ts";

/** A lock as it lies on the disk; an empty one where there is none. */
export interface LockOnDisk {
  readonly path: string;
  /** null: it is not there. */
  readonly text: string | null;
  readonly lock: Lock;
}

/** The lock of a directory that has none. */
export const nothingLocked: Lock = { roots: [], layers: [] };

/** Larger than the lock of a thousand roots. */
const mostBytes = 256 * 1024 * 1024;

/** The lock beside a manifest. Throws `lock/damaged`. */
export function readLock(directory: string): LockOnDisk {
  return lockIn(`${directory}/${lockName}`, textOf);
}

/** A lock at a path that somebody has named, which may be a pipe: `<(git show main:cloister.lock)`. Throws `lock/damaged`. */
export function readLockAt(path: string): LockOnDisk {
  return lockIn(path, textThrough);
}

function lockIn(path: string, read: (path: string) => string | null): LockOnDisk {
  const text = read(path);
  if (text === null) return { path, text, lock: nothingLocked };
  const lock = parseLock(text);
  if ("problem" in lock) throw damaged(path, lock.problem);
  return { path, text, lock };
}

/** The text of the lock beside a manifest, or null: to see whether it has changed. */
export function lockTextAt(directory: string): string | null {
  try {
    return textOf(`${directory}/${lockName}`);
  } catch {
    return null;
  }
}

/** How a manifest's roots are looked up in the lock. */
export interface LockWish {
  /** Whether the lock must say what each is made of. */
  readonly required: boolean;
  /** The environments that this is about; absent or []: all. */
  readonly of?: readonly string[];
}

/**
 * A manifest whose roots are what the lock beside it says. Of roots of which it says nothing there are warnings, or `lock/stale` is thrown where the
 * lock is `required`; without a lock nothing is said.
 */
export function withLock(manifest: Manifest, { required, of = [] }: LockWish): Manifest {
  const { lock, text, path } = readLock(manifest.directory);
  if (text === null && !required) return manifest;
  const unlocked: Unlocked[] = [];
  const environments = [...manifest.environments].map(([name, environment]) => {
    const { rootfs: written } = environment;
    if (written.type === "directory" || releaseOf(written) === null) return [name, environment] as const;
    const { rootfs, missing } = inLock(asLocked(written, lock), lock);
    if (missing !== null && (of.length === 0 || of.includes(name))) unlocked.push({ name, rootfs: missing });
    return [name, { ...environment, rootfs }] as const;
  });
  const problems = stale({ path, text }, unlocked);
  if (required && problems.length > 0) throw new CloisterError(problems);
  const warnings = problems.map((one): Diagnostic => ({ ...one, severity: "warning" }));
  return { ...manifest, environments: new Map(environments), warnings: [...manifest.warnings, ...warnings] };
}

/** A root as a lock has it. */
export interface LockedForm {
  /** The same root, with the digest of the lock's entry in each of its stages that has one. */
  readonly rootfs: BuiltRootfs;
  /** Those entries, from the lowest on. */
  readonly entries: readonly (LockedRoot | LockedLayer)[];
  /** The lowest stage that has none, over those that have; null where all have one. */
  readonly missing: BuiltRootfs | null;
}

/** Looks up each stage of a root that begins with a release: none is what it is over anything else than what the lock has it over. */
export function inLock(rootfs: BuiltRootfs, lock: Lock): LockedForm {
  const release = releaseOf(rootfs);
  if (release === null) throw new Error(`${rootName(rootfs)} is of no release`);
  const layers = layersIn(rootfs);
  const entry = entryFor(lock, release);
  if (entry === null) return { rootfs, entries: [], missing: release };
  const entries: (LockedRoot | LockedLayer)[] = [entry];
  let below: BuiltRootfs = { ...release, locked: lockDigest(entry) };
  for (const [index, layer] of layers.entries()) {
    const over = lockDigest(entries.at(-1) ?? entry);
    const found = lock.layers.find((one) => one.layer.over === over && isCurrentLayer(layer, one.layer))?.layer;
    if (found === undefined) return { rootfs: layersOver(below, layers.slice(index)), entries, missing: layersOver(below, [layer]) };
    entries.push(found);
    below = layersOver(below, [{ ...layer, locked: lockDigest(found) }]);
  }
  return { rootfs: below, entries, missing: null };
}

/** The root as a lock may have it from before packages were a layer: with them in its base, where it says nothing of such a layer. */
export function asLocked(rootfs: BuiltRootfs, lock: Lock): BuiltRootfs {
  const release = releaseOf(rootfs);
  const [first, ...rest] = layersIn(rootfs);
  if (release === null || first?.type !== "packages" || inLock(layersOver(release, [first]), lock).missing === null) return rootfs;
  const whole = { ...release, packages: first.packages };
  return entryFor(lock, whole) === null ? rootfs : layersOver(whole, rest);
}

/** What a lock says of a release, if that is of our way to build still. */
function entryFor({ roots }: Lock, rootfs: ReleaseRootfs): LockedRoot | null {
  return roots.find(({ root }) => isCurrent(rootfs, root))?.root ?? null;
}

/** What a lock says of a stage's spec, be it of another way to build, or over something else. */
export function formerEntry({ roots, layers }: Lock, stage: BuiltRootfs): LockedRoot | LockedLayer | null {
  if (stage.type === "layered") return layers.find(({ layer }) => isOf(stage.layer, rootName(stage), layer))?.layer ?? null;
  const spec = stage.type === "release" ? JSON.stringify(rootSpec(stage)) : "";
  return roots.find(({ root }) => JSON.stringify(root.spec) === spec)?.root ?? null;
}

function isOf(layer: RootLayer, name: string, entry: LockedLayer): boolean {
  return entry.name === name && JSON.stringify(entry.spec) === JSON.stringify(layerSpec(layer));
}

/** An environment whose root a lock does not know, with the lowest part of that which it does not know. */
interface Unlocked {
  readonly name: string;
  readonly rootfs: BuiltRootfs;
}

/** That a lock does not say what these roots are made of, each part once; of all of them once where there is no lock. */
function stale({ path, text }: Pick<LockOnDisk, "path" | "text">, unlocked: readonly Unlocked[]): readonly Diagnostic[] {
  const parts = new Map<string, Unlocked[]>();
  for (const one of unlocked) {
    const part = text === null ? "" : JSON.stringify(one.rootfs);
    parts.set(part, [...(parts.get(part) ?? []), one]);
  }
  return [...parts.values()].map((all): Diagnostic => {
    const names = all.map(({ name }) => name).join(", ");
    const missing = [...new Set(all.map(({ rootfs }) => rootName(rootfs)))].join(", ");
    const of = `the root of ${names} (${missing})`;
    const message =
      text === null ? `there is no ${path}, which would say what ${of} is made of` : `${path} does not say what ${of} is made of`;
    return { code: "lock/stale", severity: "error", message, hint: "cloister lock" };
  });
}

/** A regular file, without waiting for the other end should it be a FIFO; null where nothing is there. */
function textOf(path: string): string | null {
  return opened(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK, (descriptor) => {
    if (!fs.fstatSync(descriptor).isFile()) throw damaged(path, "it is no file");
    return textFrom(descriptor, path);
  });
}

/** As `textOf`, of whatever can be read. */
function textThrough(path: string): string | null {
  return opened(path, fs.constants.O_RDONLY, (descriptor) => {
    if (fs.fstatSync(descriptor).isDirectory()) throw damaged(path, "it is no file");
    return textFrom(descriptor, path);
  });
}

/** To the end, however long a file says that it is; not more than a lock can have. */
function textFrom(descriptor: number, path: string): string {
  const parts: Buffer[] = [];
  for (let length = 0; ; ) {
    const part = Buffer.alloc(1 << 20);
    const count = fs.readSync(descriptor, part);
    if (count === 0) return Buffer.concat(parts).toString();
    length += count;
    if (length > mostBytes) throw damaged(path, "it is larger than any lock");
    parts.push(part.subarray(0, count));
  }
}

function opened(path: string, flags: number, read: (descriptor: number) => string): string | null {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, flags);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw damaged(path, error instanceof Error ? error.message : "it cannot be read");
  }
  try {
    return read(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function damaged(path: string, problem: string): CloisterError {
  return new CloisterError({
    code: "lock/damaged",
    severity: "error",
    message: `${path} is not to be believed: ${problem}`,
    hint: "resolve the conflict, or take it from git; where it is lost: remove it, then cloister lock",
  });
}
