import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { wantsColor } from "../ui/style.ts";
import type { Arguments } from "./args.ts";
import { notedCode } from "./code-used.ts";
import type { Context } from "./context.ts";
import { contextOf } from "./context.ts";
import { diagnosticsOf, exitCodeOf, ownFailure } from "./exit.ts";
import { checkOperands } from "./operands.ts";
import { terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";
import { verbNamed } from "./verb-names.ts";
import { verbs } from "./verbs.ts";
import { cloisterVersion } from "./version.ts";

/** Runs one command line and returns its exit code; everything that it has to say is said. */
export async function main(argv: readonly string[]): Promise<number> {
  let how: Telling = {
    json: argv.includes("--json"),
    color: wantsColor({ flag: !argv.includes("--no-color"), isTerminal: terminal.isTerminal("stderr"), env: process.env }),
    sources: new Map(),
  };
  try {
    const { parseArguments } = await import("./args.ts");
    const parsed = parseArguments(argv, verbs);
    const context = contextOf(parsed);
    how = { json: context.settings.json, color: context.settings.color.error, sources: context.sources };
    return await run(parsed, context);
  } catch (error) {
    const code = await tell(diagnosticsOf(error), how);
    const name = argv.map(verbNamed).find((each) => each !== null);
    const runs = verbs.find((verb) => verb.name === name)?.runs !== undefined;
    return runs && code !== 130 ? ownFailure : code;
  }
}

/** How errors are told. */
interface Telling {
  readonly json: boolean;
  readonly color: boolean;
  readonly sources: ReadonlyMap<string, string>;
}

function run({ verb, flags }: Arguments, context: Context): Promise<number> {
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
  const { renderHelp, renderVerbHelp } = await import("./help.ts");
  terminal.out(verb === null ? renderHelp(verbs) : renderVerbHelp(verb));
  return 0;
}

async function tell(diagnostics: readonly Diagnostic[], { json, color, sources }: Telling): Promise<number> {
  if (json) {
    const { diagnosticsDocument } = await import("../ui/diagnostics-json.ts");
    terminal.out(`${JSON.stringify(diagnosticsDocument(diagnostics))}\n`);
  } else {
    const { renderDiagnostics } = await import("../ui/code-frame.ts");
    terminal.error(renderDiagnostics(diagnostics, sources, { color }));
  }
  return exitCodeOf(diagnostics);
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

/** What the loader asks of this bundle at its end. */
export function codeUsed(): readonly string[] {
  return notedCode();
}

// Where everything that is awaited can never come, Node ends by itself, and that is no success.
process.exitCode = 70;
// Our streams are written synchronously, so nothing is lost; to wait for what no one waits for any more costs some ms.
void main(process.argv.slice(2)).then((code) => process.exit(code));
