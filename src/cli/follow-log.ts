import * as fs from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { CloisterError } from "../model/diagnostic.ts";

/** The log of one process. */
export interface ProcessLog {
  readonly path: string;
  /** How each of its lines is shown, given without its line break; null: all of it as it was written. */
  readonly show: ((line: string) => string) | null;
}

/** What is shown of logs. */
export interface LogView {
  /** Whose they are, for people. */
  readonly of: string;
  /** Only the last so many lines of each; null: all. */
  readonly tail: number | null;
  /** Whether to go on with what is appended. */
  readonly follow: boolean;
}

/**
 * Writes logs, or their last lines, one after another; with `follow` goes on with what is appended to any of them, as it comes, until the process is told to
 * end. Whether it was. Throws `engine/no-log`.
 */
export async function followLogs(
  logs: readonly ProcessLog[],
  { of, tail, follow }: LogView,
  write: (text: string) => void,
): Promise<boolean> {
  const kept = logs.filter(({ path }) => fs.existsSync(path));
  if (kept.length === 0) {
    throw new CloisterError({
      code: "engine/no-log",
      severity: "error",
      message: `${of} has no log: no process of it was started`,
      hint: "give it a `command:` in the manifest",
    });
  }
  const readers = kept.map(({ path, show }) => {
    const reader = new LogReader(path, show, write);
    reader.position = tail === null ? 0 : startOfLast(path, tail);
    reader.read();
    if (!follow) reader.endLine();
    return reader;
  });
  if (!follow) return false;
  const watchers = readers.map((reader) => {
    const watcher = fs.watch(reader.path, () => reader.read());
    // What was written between the first look and the watch.
    reader.read();
    return watcher;
  });
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
    for (const watcher of watchers) watcher.once("error", () => done());
  });
  for (const watcher of watchers) watcher.close();
  return true;
}

const chunkBytes = 64 * 1024;

/** Writes a file from where it was left, each line as it is to be shown where that is said: then whole lines only. */
class LogReader {
  readonly path: string;
  readonly #show: ProcessLog["show"];
  readonly #write: (text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  position = 0;
  /** What was read of a line that is not whole yet. */
  #begun = "";

  constructor(path: string, show: ProcessLog["show"], write: (text: string) => void) {
    this.path = path;
    this.#show = show;
    this.#write = write;
  }

  /** To its end. A file that became shorter is read from its start. */
  read(): void {
    const descriptor = fs.openSync(this.path, "r");
    try {
      const { size } = fs.fstatSync(descriptor);
      const buffer = Buffer.alloc(chunkBytes);
      if (size < this.position) this.position = 0;
      for (let read = -1; read !== 0; ) {
        read = fs.readSync(descriptor, buffer, 0, chunkBytes, this.position);
        this.position += read;
        this.#take(this.#decoder.write(buffer.subarray(0, read)));
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }

  #take(text: string): void {
    const show = this.#show;
    if (show === null) {
      if (text !== "") this.#write(text);
      return;
    }
    const whole = (this.#begun + text).split("\n");
    this.#begun = whole.pop() ?? "";
    if (whole.length > 0) this.#write(whole.map((line) => `${show(line)}\n`).join(""));
  }

  /** Ends a line that the process has not ended. */
  endLine(): void {
    if (this.#begun !== "") this.#take("\n");
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
