import type { Diagnostic } from "../model/diagnostic.ts";
import { wantsColor } from "../ui/style.ts";
import { notedCode } from "./code-used.ts";
import { contextOf } from "./context.ts";
import { diagnosticsOf, exitCodeOf, ownFailure } from "./exit.ts";
import { runVerb } from "./run-verb.ts";
import { terminal } from "./terminal.ts";
import { verbNamed } from "./verb-names.ts";
import { verbs } from "./verbs.ts";

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
    return await runVerb(parsed, context);
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

/** What the loader asks of this bundle at its end. */
export function codeUsed(): readonly string[] {
  return notedCode();
}

// Where everything that is awaited can never come, Node ends by itself, and that is no success.
process.exitCode = 70;
// Our streams are written synchronously, so nothing is lost; to wait for what no one waits for any more costs some ms.
void main(process.argv.slice(2)).then((code) => process.exit(code));
