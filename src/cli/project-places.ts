import * as fs from "node:fs";
import { dirname } from "node:path";
import { failpointOf } from "../engine/failpoint.ts";
import { projectGroups, requireGroups } from "../host/cgroup-files.ts";
import { forgetEntries } from "../host/entries.ts";
import { assertWritable, removeEmptyDirectory } from "../host/files.ts";
import { hintsAt } from "../host/hints.ts";
import type { Directories } from "../host/linux.ts";
import type { Lock, LockRequest } from "../host/lock.ts";
import { takeLock } from "../host/lock.ts";
import { leaveStore, useStore } from "../host/store-users.ts";
import { requireTools } from "../host/tools.ts";

/** The file whose lock a run holds that changes a project. */
export function lockPath({ locks }: Directories, project: string): string {
  return `${locks}/${project}.lock`;
}

/** Takes the lock that a run holds which changes a project. Throws `engine/locked`. */
export async function lockProject(directories: Directories, project: string, how: Omit<LockRequest, "path">): Promise<Lock> {
  const failpoint = failpointOf([]);
  await failpoint("before", "lock");
  const lock = await takeLock({ path: lockPath(directories, project), ...how });
  try {
    await useStore(`${directories.data}/store`, how.verb);
  } catch (error) {
    lock.release();
    throw error;
  }
  await failpoint("after", "lock");
  return lock;
}

/** Refuses before the first thing is made where this machine lacks what everything needs. Throws `host/missing-tool`, `host/no-cgroups`, `host/read-only`. */
export function requireMachine({ data, state, run }: Directories): void {
  requireTools();
  requireGroups();
  for (const directory of [data, state, run]) assertWritable(directory);
}

/** Gives the lock back; where nothing of the project stands any more, it goes with the directories that are left empty. */
export function leaveProject({ run, state }: Directories, project: string, lock: Lock): void {
  leaveStore();
  hintsAt(`${run}/${project}`).remove();
  const places = [`${state}/${project}/logs`, `${state}/${project}/intents`, `${state}/${project}`];
  const groups = projectGroups(project).flatMap((path) => [path, dirname(path)]);
  for (const path of [...places, ...groups]) removeEmptyDirectory(path);
  forgetEntries(run);
  if (removeEmptyDirectory(`${run}/${project}`)) lock.remove();
  else lock.release();
}

/** Whether a run that was killed left the lock's file or a directory of the project behind. */
export function isLeft(directories: Directories, project: string): boolean {
  const { run, state } = directories;
  const places = [lockPath(directories, project), `${run}/${project}`, `${state}/${project}`];
  return projectGroups(project).length > 0 || places.some((path) => fs.existsSync(path));
}

/** The program that runs, the loader: its shim lies beside it. */
export function programPath(): string {
  return fs.realpathSync(process.argv[1] ?? "");
}
