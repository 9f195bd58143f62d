import type { ChildProcess } from "node:child_process";

/** Resolves when a process has started. Before that it may have no streams, and never end: where no more files can be open nothing else tells. Throws what the kernel refused. */
export function spawned(child: ChildProcess): Promise<void> {
  return new Promise((done, failed) => {
    child.once("spawn", done);
    child.once("error", failed);
  });
}
