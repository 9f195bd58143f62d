import { basename, dirname } from "node:path";
import type { FSWatcher } from "chokidar";

/** Listens to files by the directories that hold them. */
export interface FileEvents {
  /** Listens to these from now on: absolute paths, symbolic links on the way to a file among them; `DIRECTORY/*` is everything in it. */
  follow(paths: readonly string[]): void;
  close(): Promise<void>;
}

/** After so many events of other files the kernel's queue (16,384 of them) may have overflowed, which Node does not tell. */
const flood = 4_096;

/**
 * Tells when something may have happened to a file: written, renamed over, deleted, made again, a link turned. A watch of the file itself would be lost with
 * it, so its directory is watched, and the names that occur there are all that counts; what has changed, if anything, is found by reading.
 */
export async function fileEvents(told: () => void): Promise<FileEvents> {
  const { watch } = await import("chokidar");
  const names = new Map<string, Set<string>>();
  let others = 0;
  const heard = (_event: string, name: string | null, details: unknown) => {
    const directory = typeof details === "object" && details !== null && "watchedPath" in details ? String(details.watchedPath) : "";
    const wanted = names.get(directory);
    // Without a name, or under its own, it is about the directory itself.
    const concerns = wanted !== undefined && (name === null || wanted.has(name) || wanted.has("*") || name === basename(directory));
    if (concerns) others = 0;
    else others = (others + 1) % flood;
    if (others === 0) told();
  };
  const begun = (): FSWatcher =>
    watch([...names.keys()], {
      depth: 0,
      ignoreInitial: true,
      followSymlinks: false,
      // Only the directories themselves: what else lies in them is neither read nor watched.
      ignored: (path) => !names.has(path),
    })
      .on("raw", heard)
      .on("unlinkDir", told)
      .on("addDir", told)
      // Too many watches, a directory that is gone: the timer finds what would have been told.
      .on("error", told);
  let watcher: FSWatcher | null = null;
  const former = new Set<FSWatcher>();
  const close = async () => {
    const all = [...former];
    former.clear();
    await Promise.all(all.map((one) => one.close()));
  };
  return {
    follow(paths) {
      const before = new Set(names.keys());
      names.clear();
      for (const path of paths) {
        const directory = dirname(path);
        names.set(directory, (names.get(directory) ?? new Set()).add(basename(path)));
      }
      if (watcher !== null && [...names.keys()].every((directory) => before.has(directory))) {
        watcher.unwatch([...before].filter((directory) => !names.has(directory)));
        // One that was deleted and made again has lost its watch; one that is watched stays as it is.
        watcher.add([...names.keys()]);
        return;
      }
      if (watcher !== null) former.add(watcher);
      // What happened in a directory since it was read, and before it is listened to, is told when it is: that takes a while, and only a watcher that is new says when.
      watcher = begun().once("ready", () => {
        told();
        void close();
      });
    },
    async close() {
      if (watcher !== null) former.add(watcher);
      await close();
    },
  };
}
