import type { Context } from "./context.ts";
import type { VerbName } from "./verb-names.ts";

/** One flag, as it is spelled in help (`-u, --user USER`, `--origin`); upper-case words are its value. */
export interface Flag {
  readonly spelling: string;
  readonly description: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** May be given several times; all values count. */
  readonly repeatable?: boolean;
}

/** What may stand behind a verb: `ENVIRONMENT`, `[ENVIRONMENT...]`, `COMMAND...`. Brackets: may be left out; dots: several. */
export interface Operand {
  readonly spelling: string;
  readonly description: string;
}

/** One verb: everything that help says of it, and what runs. Nothing heavy is loaded before `run`. */
export interface Verb {
  readonly name: VerbName;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** Some sentences for its own help. */
  readonly description: string;
  readonly operands: readonly Operand[];
  readonly flags: readonly Flag[];
  readonly examples: readonly { readonly command: string; readonly shows: string }[];
  /** What follows the first operand belongs to a command to be run, flags too. */
  readonly passThrough?: boolean;
  /** Returns the exit code; throws CloisterError. */
  run(context: Context): Promise<number>;
}
