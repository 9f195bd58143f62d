import type { Place } from "../model/diagnostic.ts";
import type { UsedVariable } from "../model/environment.ts";
import { placeRecord } from "./diagnostics-json.ts";
import { printable } from "./printable.ts";

/** The variables of a manifest for people: what each holds and who says so, and below it each place that uses it, as it is written there. */
export function renderVariables(variables: readonly UsedVariable[]): string {
  return variables.length === 0 ? "the manifest uses no variables\n" : `${variables.map(renderVariable).join("\n")}\n`;
}

/** The same for programs (schemas/output/variables-v1.json). */
export function variablesDocument(variables: readonly UsedVariable[]): Record<string, unknown> {
  return {
    schema: "cloister/variables/v1",
    variables: variables.map(({ name, value, from, uses }) => ({
      ...{ name, value, from: typeof from === "string" || from === null ? from : placeRecord(from) },
      uses: uses.map(({ operator, operand, at }) => ({ operator, operand, at: at === null ? null : placeRecord(at) })),
    })),
  };
}

function renderVariable({ name, value, from, uses }: UsedVariable): string {
  const holds = value === null ? "not set" : `${printable(JSON.stringify(value))}  (${from === null ? "" : sayer(from)})`;
  const lines = uses.map(
    ({ operator, operand, at }) => `  \${${name}${operator}${printable(operand ?? "")}}${at === null ? "" : `  ${where(at)}`}`,
  );
  return [`${name} = ${holds}`, ...lines].join("\n");
}

function sayer(from: "environment" | Place): string {
  return from === "environment" ? "the environment" : where(from);
}

function where({ file, line }: Place): string {
  return `${printable(file)}:${line}`;
}
