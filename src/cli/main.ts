import { CloisterError } from "../model/diagnostic.ts";
import type { Arguments } from "./args.ts";
import type { Context } from "./context.ts";
import { contextOf } from "./context.ts";
import { diagnosticsOf, exitCodeOf, ownFailure } from "./exit.ts";
import { checkOperands } from "./operands.ts";
import { terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { verbs } from "./verbs.ts";
import { cloisterVersion } from "./version.ts";

/** Runs one command line and returns its exit code; everything that it has to say is said. */
export async function main(argv: readonly string[]): Promise<number> {
  let parsed: Arguments;
  let context: Context;
  try {
    const { parseArguments } = await import("./args.ts");
    parsed = parseArguments(argv, verbs);
    context = contextOf(parsed);
  } catch (error) {
    return fail(error, { json: argv.includes("--json"), color: false, sources: new Map() });
  }
  const { settings, sources } = context;
  try {
    return await run(parsed, context);
  } catch (error) {
    const code = await fail(error, { json: settings.json, color: settings.color.error, sources });
    return parsed.verb?.runs !== undefined && code !== 130 ? ownFailure : code;
  }
}

function run({ verb, flags }: Arguments, context: Context): Promise<number> {
  if (flags.has("version")) return printVersion();
  if (verb === null || flags.has("help")) return printHelp(verb);
  const directory = flags.value("directory");
  if (directory !== null) goTo(directory);
  checkOperands(verb, context.operands);
  return verb.run(context);
}

function printVersion(): Promise<number> {
  terminal.out(`cloister ${cloisterVersion}\n`);
  return Promise.resolve(0);
}

async function printHelp(verb: Verb | null): Promise<number> {
  const { renderHelp, renderVerbHelp } = await import("./help.ts");
  terminal.out(verb === null ? renderHelp(verbs) : renderVerbHelp(verb));
  return 0;
}

async function fail(
  error: unknown,
  how: { readonly json: boolean; readonly color: boolean; readonly sources: ReadonlyMap<string, string> },
): Promise<number> {
  const diagnostics = diagnosticsOf(error);
  if (how.json) {
    const { diagnosticsDocument } = await import("../ui/diagnostics-json.ts");
    terminal.out(`${JSON.stringify(diagnosticsDocument(diagnostics))}\n`);
  } else {
    const { renderDiagnostics } = await import("../ui/code-frame.ts");
    terminal.error(renderDiagnostics(diagnostics, how.sources, { color: how.color }));
  }
  return exitCodeOf(diagnostics);
}

function goTo(directory: string): void {
  try {
    process.chdir(directory);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CloisterError({ code: "usage/invalid-value", severity: "error", message: `-C ${directory}: cannot go there`, cause });
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
