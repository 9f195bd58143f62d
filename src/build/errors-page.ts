import { diagnosticCodes } from "../model/diagnostic.ts";

/** `docs/errors.md`: every diagnostic code, when it is shown and what to do. */
export function errorsPage(): string {
  const codes = Object.entries(diagnosticCodes).sort(([a], [b]) => (a < b ? -1 : 1));
  const areas = [...new Set(codes.map(([code]) => area(code)))];
  const sections = areas.map((name) =>
    section(
      name,
      codes.filter(([code]) => area(code) === name),
    ),
  );
  return `<!-- Generated from src/model/diagnostic.ts by npm run gen. Never edited by hand. -->

# Errors

Every message carries a code, \`area/slug\`. An error ends the command with the exit code given here; a warning does not.
${sections.join("")}`;
}

function area(code: string): string {
  return code.slice(0, code.indexOf("/"));
}

interface Entry {
  readonly exit: number;
  readonly when: string;
  readonly fix: string;
}

function section(name: string, codes: readonly (readonly [string, Entry])[]): string {
  const entries = codes.map(
    ([code, { exit, when, fix }]) =>
      `\n### ${code}\n\nShown when ${when}.\n\nWhat to do: ${fix}.${when.endsWith("(a warning)") ? "" : ` Exit code ${exit}.`}\n`,
  );
  return `\n## ${name}\n${entries.join("")}`;
}
