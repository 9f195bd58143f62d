import * as fs from "node:fs";
import { CloisterError } from "../model/diagnostic.ts";
import type { LogWish } from "./engine.ts";

/** Writes a log file, or its last lines; with `follow` goes on with what is appended until the process is told to end. Whether it was. Throws `engine/no-log`. */
export async function followLog(path: string, { environment, tail, follow }: LogWish, write: (text: string) => void): Promise<boolean> {
  if (!fs.existsSync(path)) {
    throw new CloisterError({
      code: "engine/no-log",
      severity: "error",
      message: `${environment} has no log: no process of it was started`,
      hint: "give it a `command:` in the manifest",
    });
  }
  let position = writeFrom(path, tail === null ? 0 : startOfLast(path, tail), write);
  if (!follow) return false;
  const watcher = fs.watch(path, () => {
    position = writeFrom(path, position, write);
  });
  // What was written between the first look and the watch.
  position = writeFrom(path, position, write);
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
    watcher.once("error", () => done());
  });
  watcher.close();
  return true;
}

const chunkBytes = 64 * 1024;

/** Writes from a position on to the end; returns the new one. A file that became shorter is read from its start. */
function writeFrom(path: string, position: number, write: (text: string) => void): number {
  const descriptor = fs.openSync(path, "r");
  try {
    const { size } = fs.fstatSync(descriptor);
    const buffer = Buffer.alloc(chunkBytes);
    let at = size < position ? 0 : position;
    for (
      let read = fs.readSync(descriptor, buffer, 0, chunkBytes, at);
      read > 0;
      read = fs.readSync(descriptor, buffer, 0, chunkBytes, at)
    ) {
      write(buffer.toString("utf8", 0, read));
      at += read;
    }
    return at;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Where the last `lines` lines begin, found from the end. */
function startOfLast(path: string, lines: number): number {
  const descriptor = fs.openSync(path, "r");
  try {
    let end = fs.fstatSync(descriptor).size;
    const buffer = Buffer.alloc(chunkBytes);
    // The newline that ends the file ends no further line.
    let wanted = lines + 1;
    while (end > 0) {
      const begin = Math.max(0, end - chunkBytes);
      const read = fs.readSync(descriptor, buffer, 0, end - begin, begin);
      for (let index = read - 1; index >= 0; index--) {
        if (buffer[index] !== 10) continue;
        wanted -= 1;
        if (wanted === 0) return begin + index + 1;
      }
      end = begin;
    }
    return 0;
  } finally {
    fs.closeSync(descriptor);
  }
}
