import * as fs from "node:fs";
import { basename, dirname } from "node:path";
import { codeOf } from "../model/errno.ts";

/** Tells of logs whose files change, also of those that are not there yet, and of those that are begun anew with their directory. Throws where not even what these directories lie in is there. */
export function watchLogs(paths: readonly string[], { changed, anew, failed }: LogEvents): { close(): void } {
  const watched = new Map<string, { readonly birth: string | null; readonly watcher: fs.FSWatcher | null }>();
  const watch = (directory: string, told: (name: string | null) => void) => {
    const watcher = fs.watch(directory, (_, name) => told(name));
    return watcher.once("error", failed);
  };
  const look = (directory: string) => {
    const birth = birthOf(directory);
    const before = watched.get(directory);
    if (before !== undefined && birth === before.birth) return;
    before?.watcher?.close();
    const inside = paths.filter((path) => dirname(path) === directory);
    const told = (name: string | null) => changed(inside.filter((path) => name === null || name.startsWith(basename(path))));
    const watcher = birth === null ? null : ifThere(() => watch(directory, told));
    watched.set(directory, { birth: watcher === null ? null : birth, watcher });
    if (before !== undefined) anew(inside);
    changed(inside);
  };
  const directories = [...new Set(paths.map(dirname))];
  const above = [...new Set(directories.map(dirname))].map((parent) =>
    watch(parent, () => {
      for (const directory of directories) if (dirname(directory) === parent) look(directory);
    }),
  );
  for (const directory of directories) look(directory);
  return {
    close() {
      for (const watcher of [...above, ...[...watched.values()].map((one) => one.watcher)]) watcher?.close();
    },
  };
}

interface LogEvents {
  readonly changed: (paths: readonly string[]) => void;
  readonly anew: (paths: readonly string[]) => void;
  readonly failed: () => void;
}

/** Null: it has gone by now. */
function ifThere<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return null;
  }
}

/** What tells a directory from the one that had its name before, which may have had its inode, too; null: there is none. */
function birthOf(directory: string): string | null {
  const found = fs.statSync(directory, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.ino} ${found.birthtimeMs}`;
}
