import * as fs from "node:fs";
import { newline, openOrNull } from "./log-files.ts";

/** Where something came in the stream of a log, and when, in milliseconds since 1970. */
interface Mark {
  readonly place: number;
  readonly moment: number;
}

/**
 * When what stands in a log was written (src/host/log-writer.pl). Nothing but the part that is asked for is in memory: of a log without a
 * bound there are a thousand marks for each second.
 */
export class LogTimes {
  readonly #path: string;
  #descriptor: number | null;
  /** The mark that holds where it was asked last, and those that come next, as far as they were read. */
  #now: Mark | null = null;
  #next: readonly Mark[] = [];
  #index = 0;
  /** Where in the file the rest is; null: that has to be looked for. */
  #offset: number | null = null;
  #isAtEnd = false;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openOrNull(path);
  }

  /** Whether there are any. */
  get known(): boolean {
    return this.after(Number.NEGATIVE_INFINITY) !== null;
  }

  /** Looks at what has come since. */
  refresh(): void {
    this.#isAtEnd = false;
    const found = fs.statSync(this.#path, { throwIfNoEntry: false });
    const before = this.#descriptor === null ? undefined : fs.fstatSync(this.#descriptor);
    if (found !== undefined && before !== undefined && found.ino === before.ino && found.size >= (this.#offset ?? 0)) return;
    // Another one takes its place when what is oldest goes.
    this.close();
    this.#descriptor = openOrNull(this.#path);
    this.#forget();
  }

  close(): void {
    if (this.#descriptor !== null) fs.closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  /** When what stands at a place came; null: not known. Asked for one place after another, it reads on. */
  at(place: number): number | null {
    if (this.#now !== null && place < this.#now.place) this.#forget();
    for (let next = this.#peek(place); next !== null && next.place <= place; next = this.#peek(place)) {
      this.#now = next;
      this.#index += 1;
    }
    return this.#now?.moment ?? null;
  }

  /** Where to begin to read for what came from a moment on: at or before the first of it; null: nothing did. */
  from(moment: number): number | null {
    let before: Mark | null = null;
    for (const marks of this.#all()) {
      for (const mark of marks) {
        if (mark.moment >= moment) return (before ?? mark).place;
        before = mark;
      }
    }
    return null;
  }

  /** Where the first stands that came after a moment; null: nothing did. */
  after(moment: number): number | null {
    for (const marks of this.#all()) {
      const first = marks.find((mark) => mark.moment > moment);
      if (first !== undefined) return first.place;
    }
    return null;
  }

  #forget(): void {
    this.#now = null;
    this.#next = [];
    this.#index = 0;
    this.#offset = null;
    this.#isAtEnd = false;
  }

  /** The mark after the one that was asked for last, or one before all that hold at the place; null: there is none by now. */
  #peek(place: number): Mark | null {
    if (this.#index >= this.#next.length && !this.#isAtEnd && this.#descriptor !== null) {
      const offset = this.#offset ?? offsetOf(this.#descriptor, place);
      const { marks, bytes } = marksAt(this.#descriptor, offset);
      this.#offset = offset + bytes;
      this.#next = marks;
      this.#index = 0;
      this.#isAtEnd = bytes === 0;
    }
    return this.#next[this.#index] ?? null;
  }

  *#all(): Generator<readonly Mark[]> {
    for (let offset = 0; this.#descriptor !== null; ) {
      const { marks, bytes } = marksAt(this.#descriptor, offset);
      if (bytes === 0) return;
      yield marks;
      offset += bytes;
    }
  }
}

const chunkBytes = 64 * 1024;

/** Some marks of a file from a place in it on, and how many bytes they take there; one that is being written is not whole yet. */
function marksAt(descriptor: number, offset: number): { readonly marks: readonly Mark[]; readonly bytes: number } {
  const buffer = Buffer.alloc(chunkBytes);
  const read = fs.readSync(descriptor, buffer, 0, chunkBytes, offset);
  const bytes = buffer.subarray(0, read).lastIndexOf(newline) + 1;
  return { marks: marksIn(buffer, bytes), bytes };
}

/** The marks that stand in whole lines. By characters: there may be millions, and an expression takes three times as long. */
function marksIn(buffer: Buffer, bytes: number): readonly Mark[] {
  const marks: Mark[] = [];
  let place: number | null = null;
  let [value, isMark] = [0, true];
  for (let at = 0; at < bytes; at++) {
    const character = buffer[at] ?? 0;
    if (character >= zero && character < zero + 10) value = value * 10 + character - zero;
    else if (character === blank && place === null) [place, value] = [value, 0];
    else if (character !== newline) isMark = false;
    else {
      if (isMark && place !== null) marks.push({ place, moment: value });
      [place, value, isMark] = [null, 0, true];
    }
  }
  return marks;
}

const [zero, blank] = [48, 32];

/** Where in a file a mark stands that is not far before the one that holds at a place. */
function offsetOf(descriptor: number, place: number): number {
  const buffer = Buffer.alloc(longestMark * 2);
  let [low, high] = [0, fs.fstatSync(descriptor).size];
  while (high - low > chunkBytes) {
    const middle = Math.floor((low + high) / 2);
    fs.readSync(descriptor, buffer, 0, buffer.length, middle);
    const start = buffer.indexOf(newline) + 1;
    const [mark] = marksIn(buffer.subarray(start), buffer.lastIndexOf(newline) + 1 - start);
    if (mark !== undefined && mark.place <= place) low = middle + start;
    else high = middle;
  }
  return low;
}

/** Two numbers of sixteen digits, and what parts them. */
const longestMark = 34;
