import { printableText } from "../ui/printable.ts";
import type { LogEncoding } from "./log-reader.ts";
import type { Terminal } from "./terminal.ts";

/** Where logs are shown, and as what they are read for that: a file or a program gets what was written, byte for byte, or JSON; a terminal is not steered from inside. `write` tells whether somebody reads it. */
export function logOutput(terminal: Terminal, json = false): { readonly encoding: LogEncoding; readonly write: (text: string) => boolean } {
  const written = (tell: () => void) => {
    tell();
    return terminal.isRead();
  };
  if (terminal.isTerminal("stdout")) return { encoding: "utf8", write: (text) => written(() => terminal.out(printableText(text))) };
  if (json) return { encoding: "utf8", write: (text) => written(() => terminal.out(text)) };
  return { encoding: "latin1", write: (text) => written(() => terminal.pass(Buffer.from(text, "latin1"))) };
}
