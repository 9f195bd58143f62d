import * as fs from "node:fs";
import { isatty } from "node:tty";

/** Where a run writes to. Texts are written whole and at once; what was printed needs no waiting for at the end. */
export interface Terminal {
  readonly isTerminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Columns of standard output; 80 where it is no terminal. */
  columns(): number;
  out(text: string): void;
  error(text: string): void;
}

// process.stdout costs 2 to 3 ms to set up, which is most of what `--version` may take beyond Node itself.
export const terminal: Terminal = {
  isTerminal: { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) },
  columns: () => (isatty(1) ? process.stdout.columns : 80),
  out: (text) => writeAll(1, text),
  error: (text) => writeAll(2, text),
};

const pause = new Int32Array(new SharedArrayBuffer(4));

function writeAll(descriptor: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(descriptor, rest));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // The reader went away (`cloister plan | head`): nobody is left to be told, and what was to be done goes on.
      if (code === "EPIPE") return;
      // A pipe that someone else made non-blocking is full: its reader needs a moment.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}
