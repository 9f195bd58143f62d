import * as fs from "node:fs";
import { lockDigest, lockName } from "../host/store-lock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest, ReleaseRootfs } from "../model/environment.ts";
import { releaseOf, withRelease } from "../model/environment.ts";
import type { Lock, LockedRoot } from "../model/lock.ts";
import { parseLock } from "../model/lock.ts";
import { isCurrent, rootName, rootSpec } from "../resources/rootfs.ts";

/** A lock as it lies on the disk; an empty one where there is none. */
export interface LockOnDisk {
  readonly path: string;
  /** null: it is not there. */
  readonly text: string | null;
  readonly lock: Lock;
}

/** Larger than the lock of a thousand roots. */
const mostBytes = 256 * 1024 * 1024;

/** The lock beside a manifest. Throws `lock/damaged`. */
export function readLock(directory: string): LockOnDisk {
  return readLockAt(`${directory}/${lockName}`);
}

/** A lock at a path. Throws `lock/damaged`. */
export function readLockAt(path: string): LockOnDisk {
  const text = textOf(path);
  if (text === null) return { path, text, lock: { roots: [] } };
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

/**
 * A manifest whose roots are what the lock beside it says. Of a root of which it says nothing there is a warning, or `lock/stale` is thrown where the
 * lock is `required`; without a lock nothing is said.
 */
export function withLock(manifest: Manifest, { required }: { readonly required: boolean }): Manifest {
  const { lock, text, path } = readLock(manifest.directory);
  if (text === null && !required) return manifest;
  const problems: Diagnostic[] = [];
  const environments = [...manifest.environments].map(([name, environment]) => {
    const release = releaseOf(environment.rootfs);
    if (release === null || environment.rootfs.type === "directory") return [name, environment] as const;
    const entry = entryFor(lock, release);
    if (entry !== null) {
      const rootfs = withRelease(environment.rootfs, { ...release, locked: lockDigest(entry) });
      return [name, { ...environment, rootfs }] as const;
    }
    problems.push(stale({ path, text }, { name, rootfs: release }));
    return [name, environment] as const;
  });
  if (required && problems.length > 0) throw new CloisterError(problems);
  const warnings = problems.map((one): Diagnostic => ({ ...one, severity: "warning" }));
  return { ...manifest, environments: new Map(environments), warnings: [...manifest.warnings, ...warnings] };
}

/** What a lock says of a root, if that is of our way to build still. */
export function entryFor({ roots }: Lock, rootfs: ReleaseRootfs): LockedRoot | null {
  return roots.find(({ root }) => isCurrent(rootfs, root))?.root ?? null;
}

/** What a lock says of a root's spec, be it of another way to build. */
export function formerEntry({ roots }: Lock, rootfs: ReleaseRootfs): LockedRoot | null {
  const spec = JSON.stringify(rootSpec(rootfs));
  return roots.find(({ root }) => JSON.stringify(root.spec) === spec)?.root ?? null;
}

/** That a lock does not say what a root is made of. */
export function stale(
  { path, text }: Pick<LockOnDisk, "path" | "text">,
  { name, rootfs }: { readonly name: string; readonly rootfs: ReleaseRootfs },
): Diagnostic {
  const of = `the root of ${name} (${rootName(rootfs)})`;
  const message =
    text === null ? `there is no ${path}, which would say what ${of} is made of` : `${path} does not say what ${of} is made of`;
  return { code: "lock/stale", severity: "error", message, hint: "cloister lock" };
}

/** A regular file, without waiting for the other end should it be a FIFO; null where nothing is there. */
function textOf(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw damaged(path, error instanceof Error ? error.message : "it cannot be read");
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile() || stat.size > mostBytes) throw damaged(path, stat.isFile() ? "it is larger than any lock" : "it is no file");
    return fs.readFileSync(descriptor, "utf8");
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
