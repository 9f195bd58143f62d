import type { Requirement } from "../model/capabilities.ts";

/** What a machine can do, as one JSON document, `cloister/doctor/v1` (schemas/output/doctor-v1.json). */
export function doctorDocument(requirements: readonly Requirement[]): Record<string, unknown> {
  return {
    schema: "cloister/doctor/v1",
    fit: requirements.every(({ result }) => result !== "fail"),
    checks: requirements,
  };
}
