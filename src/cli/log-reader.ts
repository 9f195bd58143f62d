import type { LogFiles } from "./log-files.ts";
import { newline } from "./log-files.ts";

/** A line of a log, without its line break. */
export interface PlacedLine {
  /** Where it begins in the log's stream. */
  readonly place: number;
  readonly text: string;
}

/** How what was written becomes text: `latin1` has a character for each byte, so that what is no UTF-8 comes out as it was written. */
export type LogEncoding = "utf8" | "latin1";

const chunkBytes = 64 * 1024;

/** What is longer than this is shown as several lines: no text holds more than half a gigabyte, in JSON six characters for a byte. */
const longestBytes = 16 * 1024 * 1024;

/** Reads a log from a place on: whole lines, and later what has come since. */
export class LogReader {
  readonly #files: LogFiles;
  readonly #encoding: LogEncoding;
  readonly #buffer = Buffer.alloc(chunkBytes);
  #position: number;
  /** What was read of a line that is not whole yet, and where that begins. */
  #begun: Buffer[] = [];
  #place: number;
  #skipped = 0;

  constructor(files: LogFiles, { position, encoding }: { readonly position: number; readonly encoding: LogEncoding }) {
    this.#files = files;
    this.#encoding = encoding;
    this.#position = position;
    this.#place = position;
  }

  /** So many bytes were not kept any more when their turn came. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Where what comes next is read. */
  get position(): number {
    return this.#position;
  }

  /** The lines that are whole by now, as far as `to`; with `end`, those that begin before it, and the last one also where it is not whole. */
  *lines(end: number | null, to: number): Generator<PlacedLine> {
    for (const bytes of this.#chunks(to)) {
      let from = 0;
      for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
        if (end !== null && this.#place >= end) return;
        yield this.#line(bytes.subarray(from, at));
        from = at + 1;
        this.#place += 1;
      }
      // The buffer is filled again.
      if (from < bytes.length) this.#begun.push(Buffer.from(bytes.subarray(from)));
      if (this.#position - this.#place >= longestBytes && (end === null || this.#place < end)) yield this.#line(Buffer.alloc(0));
    }
    if (end !== null && this.#begun.length > 0 && this.#place < end) yield this.#line(Buffer.alloc(0));
  }

  /** What has come, as it was written. Without an end, what is written faster than it is read has none. */
  *#chunks(to: number): Generator<Buffer> {
    while (this.#position !== to) {
      const found = this.#files.read(this.#position, this.#buffer);
      const { position } = found;
      const bytes = Math.min(found.bytes, to - position);
      if (bytes <= 0) return;
      if (position !== this.#position) {
        // What was in between is not kept any more, or the log was emptied: the line that had begun has no end.
        this.#begun = [];
        this.#place = position;
        this.#skipped += Math.max(0, position - this.#position);
      }
      this.#position = position + bytes;
      yield this.#buffer.subarray(0, bytes);
    }
  }

  #line(rest: Buffer): PlacedLine {
    const bytes = this.#begun.length === 0 ? rest : Buffer.concat([...this.#begun, rest]);
    this.#begun = [];
    const line = { place: this.#place, text: bytes.toString(this.#encoding) };
    this.#place += bytes.length;
    return line;
  }

  /** All that has come, as it was written. */
  *raw(to: number): Generator<Buffer> {
    yield* this.#chunks(to);
  }
}
