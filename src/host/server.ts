import type { ChildProcess } from "node:child_process";

/** A process that takes requests on one pipe and answers on another (see shim-serve.pl). It keeps this process running only while it is read. */
export interface Server {
  readonly process: Pick<ChildProcess, "pid" | "spawnfile">;
  isAlive(): boolean;
  /** What it cannot take any more is lost: that it has ended is told by `read`. */
  write(text: string): void;
  /** Tells all that it has printed since, whenever there is more of it or it has ended, until `heard` says that it is enough. */
  read(heard: (text: string, ended: boolean) => boolean): void;
}
