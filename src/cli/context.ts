import { wantsColor } from "../ui/style.ts";
import type { Flags } from "./flags.ts";
import { durationMs } from "./flags.ts";
import type { Terminal } from "./terminal.ts";
import { terminal } from "./terminal.ts";

export type ProgressMode = "auto" | "tty" | "plain" | "json" | "quiet";

/** What a verb runs with: its command line, read once, and where it writes to. */
export interface Context {
  readonly operands: readonly string[];
  readonly flags: Flags;
  readonly settings: Settings;
  readonly terminal: Terminal;
  /** The texts of the manifests that were read, by the names that places use: for the frames of errors. */
  readonly sources: Map<string, string>;
}

/** The global flags. Null: not given, the default of whoever uses it holds. */
export interface Settings {
  readonly files: readonly string[];
  /** None: those that CLOISTER_PROFILES names. */
  readonly profiles: readonly string[];
  /** None: `.env` beside the manifest. */
  readonly envFiles: readonly string[];
  readonly project: string | null;
  readonly dataDir: string | null;
  readonly stateDir: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
  readonly progress: ProgressMode;
  readonly lockTimeoutMs: number;
  /** Whether standard output, and whether standard error, is coloured. */
  readonly color: { readonly out: boolean; readonly error: boolean };
}

/** The context of a run. Throws `usage/invalid-value`. */
export function contextOf({ operands, flags }: Pick<Context, "operands" | "flags">): Context {
  return { operands, flags, settings: settingsOf(flags), terminal, sources: new Map() };
}

function settingsOf(flags: Flags): Settings {
  const color = (stream: "stdout" | "stderr") =>
    wantsColor({ flag: !flags.has("no-color"), isTerminal: terminal.isTerminal(stream), env: process.env });
  const json = flags.has("json");
  return {
    files: flags.values("file"),
    profiles: flags.values("profile"),
    envFiles: flags.values("env-file"),
    project: flags.value("project"),
    dataDir: flags.value("data-dir"),
    stateDir: flags.value("state-dir"),
    json,
    quiet: flags.has("quiet"),
    verbose: flags.has("verbose"),
    yes: flags.has("yes"),
    progress: progressOf(flags, json),
    lockTimeoutMs: durationMs("lock-timeout", flags.value("lock-timeout") ?? "0"),
    color: { out: color("stdout"), error: color("stderr") },
  };
}

function progressOf(flags: Flags, json: boolean): ProgressMode {
  if (json) return "json";
  if (flags.has("quiet")) return "quiet";
  const given = flags.value("progress");
  return given === "tty" || given === "plain" || given === "json" || given === "quiet" ? given : "auto";
}
