/** One flag, as it is spelled in help (`-u, --user USER`, `--origin`, `--wait[=STATE]`); upper-case words are its value. */
export interface Flag {
  readonly spelling: string;
  readonly description: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** The value that it has where none is given: one stands behind `=` only, so that an operand is never taken for it. */
  readonly bare?: string;
  /** May be given several times; all values count. */
  readonly repeatable?: boolean;
}

/** The flags that every verb takes. */
export const globalFlags: readonly Flag[] = [
  {
    spelling: "-f, --file FILE",
    description: "a manifest: a file, a directory of *.yaml, or - for standard input (default: cloister.yaml)",
    repeatable: true,
  },
  { spelling: "-p, --project NAME", description: "the project's name, instead of the manifest's" },
  {
    spelling: "--profile NAME",
    description: "also the environments of this profile; * is every one (default: CLOISTER_PROFILES)",
    repeatable: true,
  },
  {
    spelling: "--env-file FILE",
    description: "variables for the manifest (default: .env beside it); the environment holds over them",
    repeatable: true,
  },
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
  { spelling: "-V, --version", description: "cloister's version" },
];

/** The parts of a flag's spelling: `-u, --user USER` is short `-u`, name `user`, value `USER`. */
export function spelled(flag: Flag): { readonly short: string | null; readonly name: string; readonly value: string | null } {
  const match = /^(?:(-\w), )?--([a-z-]+)(?: ([A-Z=]+)|\[=([A-Z]+)\])?$/.exec(flag.spelling);
  if (match === null) throw new Error(`flag is spelled wrongly: ${flag.spelling}`);
  return { short: match[1] ?? null, name: match[2] ?? "", value: match[3] ?? match[4] ?? null };
}

/** The flags of a verb: its own, then the global ones; a short form that it takes for itself is its own (`logs -f` follows). */
export function flagsOfVerb(own: readonly Flag[]): { readonly own: readonly Flag[]; readonly global: readonly Flag[] } {
  const taken = own.map((flag) => spelled(flag).short);
  const global = globalFlags.map((flag) => {
    const { short } = spelled(flag);
    return short !== null && taken.includes(short) ? { ...flag, spelling: flag.spelling.slice(short.length + 2) } : flag;
  });
  return { own, global };
}
