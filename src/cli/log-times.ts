import * as fs from "node:fs";
import { newline, openOrNull } from "./log-files.ts";

/** When what stands in a log was written: places of its stream with the milliseconds since 1970 in which something came there (src/host/log-writer.pl). */
export class LogTimes {
  readonly #path: string;
  readonly #places: number[] = [];
  readonly #moments: number[] = [];
  /** The file as far as it was read: another one takes its place when what is oldest goes, with a number that an earlier one may have had. */
  #file = "";
  #read = 0;

  constructor(path: string) {
    this.#path = path;
    this.refresh();
  }

  /** Whether there are any. */
  get known(): boolean {
    return this.#places.length > 0;
  }

  /** Looks at what has come since. */
  refresh(): void {
    const descriptor = openOrNull(this.#path);
    if (descriptor === null) return;
    try {
      const { ino, birthtimeMs, size } = fs.fstatSync(descriptor);
      const file = `${ino} ${birthtimeMs}`;
      if (file !== this.#file || size < this.#read) {
        this.#places.length = 0;
        this.#moments.length = 0;
        this.#read = 0;
      }
      this.#file = file;
      const buffer = Buffer.alloc(chunkBytes);
      for (let whole = -1; whole !== 0; ) {
        const bytes = fs.readSync(descriptor, buffer, 0, chunkBytes, this.#read);
        // A line that is being written is not whole yet.
        whole = buffer.subarray(0, bytes).lastIndexOf(newline) + 1;
        this.#take(buffer.toString("latin1", 0, whole));
        this.#read += whole;
      }
    } finally {
      fs.closeSync(descriptor);
    }
  }

  #take(text: string): void {
    for (const [, place, moment] of text.matchAll(/^(\d+) (\d+)$/gm)) {
      this.#places.push(Number(place));
      this.#moments.push(Number(moment));
    }
  }

  /** When what stands at a place came; null: not known. */
  at(place: number): number | null {
    const index = this.#last(place);
    return index < 0 ? null : (this.#moments[index] ?? null);
  }

  /** Where to begin to read for what came from a moment on: at or before the first of it; null: nothing did. */
  from(moment: number): number | null {
    const index = this.#moments.findIndex((one) => one >= moment);
    return index < 0 ? null : (this.#places[Math.max(0, index - 1)] ?? null);
  }

  /** Where the first stands that came after a moment; null: nothing did. */
  after(moment: number): number | null {
    const index = this.#moments.findIndex((one) => one > moment);
    return this.#places[index] ?? null;
  }

  /** The last one at or before a place. */
  #last(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle] ?? 0) <= place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

const chunkBytes = 64 * 1024;
