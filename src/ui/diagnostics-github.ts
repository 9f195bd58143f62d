import type { Diagnostic } from "../model/diagnostic.ts";
import { printable } from "./printable.ts";

/** Diagnostics as workflow commands, which GitHub shows beside the lines of a pull request. One a line. */
export function githubAnnotations(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${annotation(diagnostic)}\n`).join("");
}

function annotation({ severity, code, message, at, hint }: Diagnostic): string {
  const properties =
    at === undefined
      ? [`title=${property(code)}`]
      : [
          `file=${property(at.file)}`,
          `line=${at.line}`,
          `col=${at.column}`,
          ...(at.length === undefined ? [] : [`endColumn=${at.column + at.length}`]),
          `title=${property(code)}`,
        ];
  return `::${severity} ${properties.join(",")}::${value(hint === undefined ? message : `${message} (${hint})`)}`;
}

// The escapes of actions/toolkit `command.ts`; control characters are made visible first, so that no text can end the command.
function value(text: string): string {
  return printable(text).replaceAll("%", "%25");
}

function property(text: string): string {
  return value(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
