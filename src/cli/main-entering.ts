import { isAwaited } from "../host/enter-process.ts";
import { parseArguments } from "./args.ts";
import { notedCode } from "./code-used.ts";
import { exec } from "./commands/exec.ts";
import { contextOf } from "./context.ts";
import { runVerb } from "./run-verb.ts";

/**
 * Tells the launcher what an `exec` runs, where that takes no more than what this bundle has (see build.ts): a third of the code, which is read sooner.
 * Returns whether it was told. Where it was not, nothing was done and nothing said: the whole program does all of it, and says what is wrong.
 */
async function tellLauncher(argv: readonly string[]): Promise<boolean> {
  try {
    const parsed = parseArguments(argv, [exec]);
    if (parsed.verb === exec) await runVerb(parsed, contextOf(parsed));
  } catch (error) {
    if (!isAwaited()) throw error;
  }
  return !isAwaited();
}

/** What the loader asks of this bundle at its end. */
export function codeUsed(): readonly string[] {
  return notedCode();
}

/** The loader's own. */
declare function require(bundle: string): unknown;

void tellLauncher(process.argv.slice(2)).then((isTold) => (isTold ? process.exit(0) : require("cloister")));
