import type { DriftFinding } from "../model/drift.ts";
import { diagnosticRecord } from "./diagnostics-json.ts";
import type { DriftReport } from "./render-drift.ts";

/** What has drifted, as one JSON document, `cloister/drift/v1` (schemas/output/drift-v1.json). */
export function driftDocument(report: DriftReport): Record<string, unknown> {
  const { project, basis, generation, findings, pending, warnings } = report;
  const synced = findings.every(({ ignored }) => ignored);
  const told = { findings: findings.map(findingRecord), pending, warnings: warnings.map(diagnosticRecord) };
  return { schema: "cloister/drift/v1", project, basis, generation, synced, ...told };
}

function findingRecord({ ignoredBy, ...finding }: DriftFinding): Record<string, unknown> {
  return { ...finding, ignored_by: ignoredBy };
}
