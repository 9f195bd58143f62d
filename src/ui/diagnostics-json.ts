import type { Diagnostic, Place } from "../model/diagnostic.ts";

/** Diagnostics as one JSON document, `cloister/diagnostics/v1` (schemas/output/diagnostics-v1.json). `extra` stands beside the list. */
export function diagnosticsDocument(
  diagnostics: readonly Diagnostic[],
  extra: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    schema: "cloister/diagnostics/v1",
    errors: diagnostics.filter((diagnostic) => diagnostic.severity === "error").length,
    warnings: diagnostics.filter((diagnostic) => diagnostic.severity === "warning").length,
    ...extra,
    diagnostics: diagnostics.map(diagnosticRecord),
  };
}

/** One diagnostic as JSON; what it does not have is null or []. */
export function diagnosticRecord(diagnostic: Diagnostic): Record<string, unknown> {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    at: diagnostic.at === undefined ? null : placeRecord(diagnostic.at),
    also: (diagnostic.also ?? []).map(({ message, at }) => ({ message, at: placeRecord(at) })),
    hint: diagnostic.hint ?? null,
    cause: diagnostic.cause ?? null,
  };
}

/** A place as JSON: file, line, column, length. */
export function placeRecord(place: Place): Record<string, unknown> {
  return { file: place.file, line: place.line, column: place.column, length: place.length ?? 1 };
}
