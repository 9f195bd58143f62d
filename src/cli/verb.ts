import type { Context } from "./context.ts";
import type { Flag } from "./flag.ts";
import type { VerbName } from "./verb-names.ts";

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
  /** Root only, for now: it looks into environments or changes them. */
  readonly needsRoot?: boolean;
  /**
   * It runs something inside and ends with that one's exit code, so that our own failures are 125. `command`: what follows the
   * first operand belongs to it, flags too.
   */
  readonly runs?: "command" | "shell";
  /** Returns the exit code; throws CloisterError. */
  run(context: Context): Promise<number>;
}
