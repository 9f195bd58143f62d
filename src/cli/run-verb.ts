import { CloisterError } from "../model/diagnostic.ts";
import type { Arguments } from "./args.ts";
import type { Context } from "./context.ts";
import { checkOperands } from "./operands.ts";
import { terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { cloisterVersion } from "./version.ts";

/** Does what a command line asks for; resolves with the exit code. Throws `usage/...`, `host/no-root`, and what the verb throws. */
export function runVerb({ verb, flags }: Arguments, context: Context): Promise<number> {
  if (flags.has("version")) return printVersion();
  if (verb === null || flags.has("help")) return printHelp(verb);
  const directory = flags.value("directory");
  if (directory !== null) goTo(directory);
  checkOperands(verb, context.operands);
  if (verb.needsRoot === true) checkRoot(verb.name);
  return verb.run(context);
}

function printVersion(): Promise<number> {
  terminal.out(`cloister ${cloisterVersion}\n`);
  return Promise.resolve(0);
}

async function printHelp(verb: Verb | null): Promise<number> {
  const [{ renderHelp, renderVerbHelp }, { verbs }] = [await import("./help.ts"), await import("./verbs.ts")];
  terminal.out(verb === null ? renderHelp(verbs) : renderVerbHelp(verb));
  return 0;
}

function checkRoot(verb: string): void {
  if (process.geteuid?.() === 0) return;
  const hint = `sudo cloister ${verb} ...; validate, config and doctor need no root`;
  throw new CloisterError({ code: "host/no-root", severity: "error", message: `${verb} needs root, for now`, hint });
}

function goTo(directory: string): void {
  try {
    process.chdir(directory);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CloisterError({ code: "usage/invalid-value", severity: "error", message: `-C ${directory}: cannot go there`, cause });
  }
}
