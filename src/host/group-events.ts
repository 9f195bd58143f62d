import * as fs from "node:fs";
import type { Heard, Life } from "../model/host.ts";

/**
 * Tells when the last process of a control group ended (cgroup.events of v2, some 0.5 ms after it) and when one of its limits was written, on any hierarchy.
 * Returns what ends it. No process, one inotify watch for each file or directory.
 */
export function groupEvents(groups: Life["groups"], told: (what: Heard["what"]) => void): () => void {
  const watchers = groups.flatMap(({ path, version }) => [
    // The directory tells what is written, not what the kernel says by itself: that only the file does.
    ...(version === 2 ? watch(`${path}/cgroup.events`, () => told("death")) : []),
    ...watch(path, (file) => {
      if (isLimit(file)) told("limits");
    }),
  ]);
  return () => {
    for (const watcher of watchers) watcher.close();
  };
}

// What a process that enters writes, and what the kernel counts, is nobody's setting.
function isLimit(file: string | null): boolean {
  return file !== null && !/(^|\.)(procs|tasks|threads|events|events\.local|pressure|stat)$/.test(file);
}

function watch(path: string, told: (file: string | null) => void): readonly fs.FSWatcher[] {
  try {
    const watcher = fs.watch(path, (_, file) => told(file));
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    // It is gone, or this machine has no watches left: the timer finds what it would have told.
    return [];
  }
}
