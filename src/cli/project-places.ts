import * as fs from "node:fs";
import { forgetEntries } from "../host/entries.ts";
import { removeEmptyDirectory } from "../host/files.ts";
import { hintsAt } from "../host/hints.ts";
import type { Directories } from "../host/linux.ts";
import type { Lock } from "../host/lock.ts";

/** The file whose lock a run holds that changes a project. */
export function lockPath({ locks }: Directories, project: string): string {
  return `${locks}/${project}.lock`;
}

/** Gives the lock back; where nothing of the project stands any more, it goes with the directories that are left empty. */
export function leaveProject({ run, state }: Directories, project: string, lock: Lock): void {
  hintsAt(`${run}/${project}`).remove();
  for (const path of [`${state}/${project}/logs`, `${state}/${project}/intents`, `${state}/${project}`]) removeEmptyDirectory(path);
  forgetEntries(run);
  if (removeEmptyDirectory(`${run}/${project}`)) lock.remove();
  else lock.release();
}

/** Whether a run that was killed left the lock's file or a directory of the project behind. */
export function isLeft(directories: Directories, project: string): boolean {
  const { run, state } = directories;
  return [lockPath(directories, project), `${run}/${project}`, `${state}/${project}`].some((path) => fs.existsSync(path));
}

/** The program that runs, the loader: its shim lies beside it. */
export function programPath(): string {
  return fs.realpathSync(process.argv[1] ?? "");
}
