import { formatDuration, parseDuration } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";

/** Seconds of a length of time; one that is longer than a year is told, and one that is shorter than `least`. */
export function readDuration(
  { findings }: Pick<Reading, "findings">,
  at: Pointer,
  { written, least = 0 }: { readonly written: string | number; readonly least?: number },
): number {
  const seconds = parseDuration(written);
  const wrong = seconds === null ? "longer than a year" : seconds < least ? `less than ${formatDuration(least)}` : null;
  if (wrong !== null && !findings.marked(at))
    findings.report({ code: "manifest/out-of-range", at, message: `${quoted(String(written))} is ${wrong}` });
  return seconds ?? 0;
}
