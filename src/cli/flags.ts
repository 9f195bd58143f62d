import { CloisterError } from "../model/diagnostic.ts";

/** The flags that were given, by their long names without dashes (`lock-timeout`). */
export interface Flags {
  /** Whether a flag without a value was given. */
  has(name: string): boolean;
  /** The value of a flag; null when it was not given. */
  value(name: string): string | null;
  /** All values of a repeatable flag, in order. */
  values(name: string): readonly string[];
}

/** Milliseconds of `500ms`, `30s`, `5m`, `1h`, `0`; throws `usage/invalid-value`. */
export function durationMs(name: string, text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h)?$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? "s"];
  if (match !== null && unit !== undefined && (match[2] !== undefined || match[1] === "0")) return Number(match[1]) * unit;
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `--${name} is "${text}", which is no length of time`,
    hint: "write a number and a unit: 500ms, 30s, 5m, 1h",
  });
}
