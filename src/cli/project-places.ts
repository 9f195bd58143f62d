import * as fs from "node:fs";
import { dirname } from "node:path";
import { failpointOf } from "../engine/failpoint.ts";
import { projectGroups, requireGroups } from "../host/cgroup-files.ts";
import { forgetEntries } from "../host/entries.ts";
import { assertWritable, removeEmptyDirectory } from "../host/files.ts";
import { hintsAt } from "../host/hints.ts";
import type { Directories } from "../host/linux.ts";
import type { Lock, LockRequest } from "../host/lock.ts";
import { isLocked, takeLock } from "../host/lock.ts";
import { leaveStore, useStore } from "../host/store-users.ts";
import { requireTools } from "../host/tools.ts";
import { transientsAt } from "../host/transients.ts";
import { CloisterError } from "../model/diagnostic.ts";

/** The file whose lock a run holds that changes a project. */
export function lockPath({ locks }: Directories, project: string): string {
  return `${locks}/${project}.lock`;
}

/** The file whose lock a watch of a project holds as long as it lives. */
export function watchLockPath({ locks }: Pick<Directories, "locks">, project: string): string {
  return `${locks}/${project}.watch`;
}

/** Takes the lock that a run holds which changes a project. Throws `engine/locked`. */
export async function lockProject(directories: Directories, project: string, how: Omit<LockRequest, "path">): Promise<Lock> {
  const failpoint = failpointOf([]);
  await failpoint("before", "lock");
  const lock = await takeLock({ path: lockPath(directories, project), ...how });
  try {
    await useStore(`${directories.data}/store`, how.verb);
  } catch (error) {
    await leaveProject(directories, project, lock);
    throw error;
  }
  await failpoint("after", "lock");
  return lock;
}

/** Refuses before the first thing is made where this machine lacks what everything needs. Throws `host/missing-tool`, `host/old-tool`, `host/no-cgroups`, `host/read-only`. */
export function requireMachine({ data, state, run }: Directories): void {
  requireTools();
  requireGroups();
  for (const directory of [data, state, run]) assertWritable(directory);
}

/** Gives the lock back; where nothing of the project stands any more, it goes with the directories that are left empty. */
export async function leaveProject(directories: Directories, project: string, lock: Lock): Promise<void> {
  const { run, state } = directories;
  leaveStore();
  hintsAt(`${run}/${project}`).remove();
  transientsAt(`${run}/${project}`).sweep();
  const places = [`${state}/${project}/logs`, `${state}/${project}/intents`, `${state}/${project}`];
  const groups = projectGroups(project).flatMap((path) => [path, dirname(path)]);
  for (const path of [...places, ...groups]) removeEmptyDirectory(path);
  forgetEntries(run);
  if (!removeEmptyDirectory(`${run}/${project}`)) return lock.release();
  await removeWatchLock(watchLockPath(directories, project));
  lock.remove();
}

/** A watch that was killed leaves its file; one that lives, or begins just now, keeps it: so it is taken away by who has its lock. */
async function removeWatchLock(path: string): Promise<void> {
  if (!fs.existsSync(path) || isLocked(path)) return;
  try {
    (await takeLock({ path, verb: "destroy", timeoutMs: 0 })).remove();
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
  }
}

/** Whether a run that was killed left a lock's file or a directory of the project behind. */
export function isLeft(directories: Directories, project: string): boolean {
  const { run, state } = directories;
  const watched = watchLockPath(directories, project);
  if (fs.existsSync(watched) && !isLocked(watched)) return true;
  const places = [lockPath(directories, project), `${run}/${project}`, `${state}/${project}`];
  return projectGroups(project).length > 0 || places.some((path) => fs.existsSync(path));
}

/** The program that runs, the loader: its shim lies beside it. */
export function programPath(): string {
  return fs.realpathSync(process.argv[1] ?? "");
}
