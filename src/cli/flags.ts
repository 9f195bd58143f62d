import { CloisterError } from "../model/diagnostic.ts";
import type { Flag, Verb } from "./verb.ts";

/** The flags that were given, by their long names without dashes (`lock-timeout`). */
export interface Flags {
  /** Whether a flag without a value was given. */
  has(name: string): boolean;
  /** The value of a flag; null when it was not given. */
  value(name: string): string | null;
  /** All values of a repeatable flag, in order. */
  values(name: string): readonly string[];
}

/** The flags that every verb takes. */
export const globalFlags: readonly Flag[] = [
  { spelling: "-f, --file FILE", description: "a manifest: a file, a directory of *.yaml, or - for standard input (default: cloister.yaml)", repeatable: true },
  { spelling: "-p, --project NAME", description: "the project's name, instead of the manifest's" },
  { spelling: "-C, --directory DIR", description: "go to this directory first" },
  { spelling: "--data-dir DIR", description: "where roots, overlays and volumes are (default: /var/lib/cloister)" },
  { spelling: "--state-dir DIR", description: "where state, run files and locks are" },
  { spelling: "--json", description: "one JSON document, or one JSON line for each event" },
  { spelling: "-q, --quiet", description: "only errors" },
  { spelling: "-v, --verbose", description: "also each command that is run" },
  { spelling: "--no-color", description: "no colours (NO_COLOR does the same)" },
  { spelling: "--progress MODE", description: "how progress is shown", choices: ["auto", "tty", "plain", "json", "quiet"] },
  { spelling: "-y, --yes", description: "do not ask" },
  { spelling: "--lock-timeout TIME", description: "how long to wait for another run of this project, as 500ms, 30s, 5m (default: 0s)" },
  { spelling: "-h, --help", description: "this help" },
];

/** The parts of a flag's spelling: `-u, --user USER` is short `-u`, name `user`, value `USER`. */
export function spelled(flag: Flag): { readonly short: string | null; readonly name: string; readonly value: string | null } {
  const match = /^(?:(-\w), )?--([a-z-]+)(?: ([A-Z=]+))?$/.exec(flag.spelling);
  if (match === null) throw new Error(`flag is spelled wrongly: ${flag.spelling}`);
  return { short: match[1] ?? null, name: match[2] ?? "", value: match[3] ?? null };
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

/** The flags of a verb: its own, then the global ones; a short form that it takes for itself is its own (`logs -f` follows). */
export function flagsOfVerb(verb: Pick<Verb, "flags">): { readonly own: readonly Flag[]; readonly global: readonly Flag[] } {
  const taken = verb.flags.map((flag) => spelled(flag).short);
  const others = globalFlags.map((flag) => {
    const { short } = spelled(flag);
    return short !== null && taken.includes(short) ? { ...flag, spelling: flag.spelling.slice(short.length + 2) } : flag;
  });
  return { own: verb.flags, global: others };
}
