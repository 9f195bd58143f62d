import * as fs from "node:fs";
import { printable } from "../ui/printable.ts";
import type { Terminal } from "./terminal.ts";

/** Asks on the terminal and waits for a line; only `y` and `yes` are a yes. Ctrl-C ends the run, in which nothing was done yet. */
export function ask(question: string, terminal: Pick<Terminal, "error">): boolean {
  terminal.error(`${printable(question)} [y/N] `);
  const buffer = Buffer.alloc(256);
  const length = fs.readSync(0, buffer);
  return /^\s*y(es)?\s*$/i.test(buffer.toString("utf8", 0, length));
}
