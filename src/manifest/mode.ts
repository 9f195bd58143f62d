import type { Reading } from "./reading.ts";
import type { Pointer } from "./tree.ts";

/** Permission bits as four octal digits; a decimal number, which nobody means, is told. */
export function modeOf({ tree, findings }: Reading, at: Pointer, mode: string | number): string {
  if (typeof mode === "string") return mode.padStart(4, "0").slice(-4);
  const written = tree.written.get(at) ?? String(mode);
  if (!written.startsWith("0o")) {
    const message = `${written} is a decimal number, which is the mode ${mode.toString(8).padStart(4, "0")}`;
    findings.report({ code: "manifest/decimal-mode", at, message, hint: `write "${written}" or 0o${written}` });
  }
  return mode.toString(8).padStart(4, "0");
}
