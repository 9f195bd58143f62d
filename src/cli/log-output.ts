import { printableText } from "../ui/printable.ts";
import type { LogEncoding } from "./log-reader.ts";
import type { Terminal } from "./terminal.ts";

/** Where logs are shown, and as what they are read for that: a file or a program gets what was written, byte for byte, or JSON; a terminal is not steered from inside. */
export function logOutput(terminal: Terminal, json = false): { readonly encoding: LogEncoding; readonly write: (text: string) => void } {
  if (terminal.isTerminal("stdout")) return { encoding: "utf8", write: (text) => terminal.out(printableText(text)) };
  if (json) return { encoding: "utf8", write: terminal.out };
  return { encoding: "latin1", write: (text) => terminal.pass(Buffer.from(text, "latin1")) };
}
