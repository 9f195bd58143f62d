import { parseDuration } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";

/** Seconds of a length of time; one that is longer than a year is told. */
export function readDuration({ findings }: Pick<Reading, "findings">, at: Pointer, written: string | number): number {
  const seconds = parseDuration(written);
  if (seconds !== null) return seconds;
  findings.report({ code: "manifest/out-of-range", at, message: `${quoted(String(written))} is longer than a year` });
  return 0;
}
