import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { CloisterError } from "../model/diagnostic.ts";

const names = ["standard input", "standard output", "standard error"] as const;

/**
 * What a process inside gets as its standard streams: our own where they are pipes, sockets or the null device, else pipes, which `relay`
 * connects with ours. A terminal handed in could be read from and written to long after the command ended, and a file that is to be
 * appended to be cut. Throws `engine/unsafe-stream` for a directory: through it a process would leave its root.
 */
export function streamsInside(): readonly ("inherit" | "pipe")[] {
  return [0, 1, 2].map((descriptor) => (mayPass(descriptor) ? "inherit" : "pipe"));
}

const nullDevice = 0x103;

function mayPass(descriptor: number): boolean {
  const stat = fs.fstatSync(descriptor);
  if (stat.isDirectory()) {
    throw new CloisterError({
      code: "engine/unsafe-stream",
      severity: "error",
      message: `${names[descriptor] ?? ""} is a directory, through which a process inside would leave its root`,
      hint: "give it a file, a pipe or /dev/null",
    });
  }
  return stat.isFIFO() || stat.isSocket() || (stat.isCharacterDevice() && stat.rdev === nullDevice);
}

/** Connects the pipes of a child that was started with `streamsInside` with our own streams. */
export function relay({ stdin, stdout, stderr }: ChildProcess): void {
  stdin?.on("error", () => undefined);
  if (stdin !== null) process.stdin.pipe(stdin);
  stdout?.pipe(process.stdout, { end: false });
  stderr?.pipe(process.stderr, { end: false });
}

/** Time to read what a command wrote before it ended, in ms. What it left running may keep its pipes open for ever. */
const lastWordsMs = 100;

/** To be called when the child has ended: lets go of its pipes soon, and of our standard input now. */
export function endRelay({ stdin, stdout, stderr }: ChildProcess): void {
  if (stdin !== null) process.stdin.destroy();
  setTimeout(() => {
    stdout?.destroy();
    stderr?.destroy();
  }, lastWordsMs).unref();
}
