import * as fs from "node:fs";
import { codeOf } from "../model/errno.ts";

/** Where a run writes to. Texts are written whole and at once; what was printed needs no waiting for at the end. */
export interface Terminal {
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** Columns of standard output; 80 where it is no terminal. */
  columns(): number;
  /** Lines of standard output; 24 where it is no terminal. */
  rows(): number;
  out(text: string): void;
  /** To standard output, byte for byte. */
  pass(bytes: Uint8Array): void;
  error(text: string): void;
  /** Whether somebody reads standard output, as far as was seen when something was written to it. */
  isRead(): boolean;
  /** Waits for a line of standard input. */
  line(): string;
}

/** The streams of this process. Not by process.stdout: it costs 2 to 3 ms, most of what `--version` may take beyond Node itself. */
export const terminal: Terminal = {
  isTerminal: (stream) => isTerminal(["stdin", "stdout", "stderr"].indexOf(stream)),
  columns: () => (isTerminal(1) ? process.stdout.columns : 80),
  rows: () => (isTerminal(1) ? process.stdout.rows : 24),
  out: (text) => writeAll(1, Buffer.from(text)),
  pass: (bytes) => writeAll(1, bytes),
  error: (text) => writeAll(2, Buffer.from(text)),
  isRead: () => !left.has(1),
  line: readLine,
};

// node:tty takes 1.8 ms to load, so it is asked only about what may be one: a file, a pipe or /dev/null (1:3) is none.
function isTerminal(descriptor: number): boolean {
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isCharacterDevice() || stat.rdev === 0x103) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule("node:tty").isatty(descriptor);
}

/** Descriptors of ours at whose other end nobody is any more. */
const left = new Set<number>();

const pause = new Int32Array(new SharedArrayBuffer(4));

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(descriptor, rest));
    } catch (error) {
      const code = codeOf(error);
      // The reader went away (`cloister plan | head`): nobody is left to be told, and what was to be done goes on.
      if (code === "EPIPE") {
        left.add(descriptor);
        return;
      }
      // A pipe that someone else made non-blocking is full: its reader needs a moment.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

function readLine(): string {
  const buffer = Buffer.alloc(1024);
  return buffer.toString("utf8", 0, fs.readSync(0, buffer)).split("\n")[0] ?? "";
}
