import * as fs from "node:fs";
import { basename, dirname } from "node:path";
import { codeOf } from "../model/errno.ts";

/** A log as it lies on disk: one stream of bytes, of which `NAME.log` is the end, and `NAME.log.START` what was before it (src/host/log-writer.pl). */
export class LogFiles {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Where it is kept from, and where it ends by now; null: there is none. */
  extent(): { readonly begin: number; readonly end: number } | null {
    return this.#opened(({ starts, base, size }) => ({ begin: starts[0] ?? base, end: base + size }), null);
  }

  /** Reads what comes at a place of the stream, at most a buffer full; of what is not kept any more, what comes after it. */
  read(position: number, buffer: Buffer): { readonly position: number; readonly bytes: number } {
    const nothing = { position, bytes: 0 };
    return this.#opened(({ starts, base, size, descriptor }) => {
      if (position > base + size) return { position: base, bytes: readAt(descriptor, buffer, 0) };
      if (position >= base) return { position, bytes: readAt(descriptor, buffer, position - base) };
      const start = starts.findLast((one) => one <= position) ?? starts[0] ?? base;
      if (start === base) return { position: base, bytes: readAt(descriptor, buffer, 0) };
      const from = Math.max(position, start);
      const next = starts[starts.indexOf(start) + 1] ?? base;
      const bytes = readPart(this.#pathOf(start), buffer, from - start);
      // It ended where the next one begins, or is gone by now.
      return bytes > 0 ? { position: from, bytes } : this.read(next, buffer);
    }, nothing);
  }

  /** Looks at all of it at one moment, in which no file became another. */
  #opened<T>(look: (found: Opened) => T, none: T): T {
    for (;;) {
      const first = this.#starts();
      const descriptor = openOrNull(this.path);
      try {
        const starts = this.#starts();
        if (first.join() !== starts.join()) continue;
        const last = starts.at(-1);
        if (descriptor === null && last === undefined) return none;
        const before = last === undefined ? 0 : sizeOrNull(this.#pathOf(last));
        // It was rotated away since, with all that came after it.
        if (before === null) continue;
        const base = (last ?? 0) + before;
        // Between two files there is none for a moment.
        if (descriptor === null) return look({ starts, base, size: 0, descriptor });
        return look({ starts, base, size: fs.fstatSync(descriptor).size, descriptor });
      } finally {
        if (descriptor !== null) fs.closeSync(descriptor);
      }
    }
  }

  #starts(): readonly number[] {
    const before = `${basename(this.path)}.`;
    const ends = listOrNone(dirname(this.path)).flatMap((name) => (name.startsWith(before) ? [name.slice(before.length)] : []));
    return ends
      .filter((end) => /^\d{16}$/.test(end))
      .map(Number)
      .sort((a, b) => a - b);
  }

  #pathOf(start: number): string {
    return `${this.path}.${String(start).padStart(16, "0")}`;
  }
}

interface Opened {
  /** Where the files before `NAME.log` begin in the stream. */
  readonly starts: readonly number[];
  /** Where that begins. */
  readonly base: number;
  readonly size: number;
  readonly descriptor: number | null;
}

const chunkBytes = 64 * 1024;

/** Where the last `lines` lines before `end` begin, found from the end. */
export function startOfLast(files: LogFiles, lines: number, { begin, end }: { readonly begin: number; readonly end: number }): number {
  if (lines === 0) return end;
  const buffer = Buffer.alloc(chunkBytes);
  // The newline that ends the last line ends no further one.
  let wanted = lines + (end > begin && byteAt(files, end - 1) === newline ? 1 : 0);
  for (let to = end; to > begin; ) {
    const from = Math.max(begin, to - chunkBytes);
    const length = readFully(files, from, buffer.subarray(0, to - from));
    for (let index = length - 1; index >= 0; index--) {
      if (buffer[index] !== newline) continue;
      wanted -= 1;
      if (wanted === 0) return from + index + 1;
    }
    to = from;
  }
  return begin;
}

/** The byte that ends a line. */
export const newline = 10;

function byteAt(files: LogFiles, position: number): number | undefined {
  const buffer = Buffer.alloc(1);
  return readFully(files, position, buffer) === 1 ? buffer[0] : undefined;
}

/** Across files; fewer bytes where the stream ends, or what is asked for is not kept any more. */
function readFully(files: LogFiles, from: number, buffer: Buffer): number {
  let done = 0;
  while (done < buffer.length) {
    const { position, bytes } = files.read(from + done, buffer.subarray(done));
    if (bytes === 0 || position !== from + done) break;
    done += bytes;
  }
  return done;
}

function readAt(descriptor: number | null, buffer: Buffer, offset: number): number {
  return descriptor === null ? 0 : fs.readSync(descriptor, buffer, 0, buffer.length, offset);
}

function readPart(path: string, buffer: Buffer, offset: number): number {
  const descriptor = openOrNull(path);
  if (descriptor === null) return 0;
  try {
    return readAt(descriptor, buffer, offset);
  } finally {
    fs.closeSync(descriptor);
  }
}

function sizeOrNull(path: string): number | null {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** A file of a log, to read; null: it is not there. */
export function openOrNull(path: string): number | null {
  try {
    return fs.openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function listOrNone(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}
