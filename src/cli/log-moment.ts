import { parseDuration } from "../manifest/quantity.ts";
import { CloisterError } from "../model/diagnostic.ts";

/** A moment as --since and --until name it, in milliseconds since 1970: so long ago (`10m`), or a time (`2026-11-26T16:00`, of the host's zone where it names none). */
export function readMoment(flag: string, given: string | null, now: number): number | null {
  if (given === null) return null;
  const seconds = parseDuration(given);
  if (seconds !== null) return now - seconds * 1000;
  const moment = written.test(given) ? Date.parse(given.length === 10 ? `${given}T00:00` : given.replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `--${flag} is "${given}", which is no time`,
    hint: `write how long ago, as in --${flag} 10m, or when, as in --${flag} 2026-11-26T16:00`,
  });
}

const written = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;
