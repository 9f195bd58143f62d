/** A line of a log as one JSON document, `cloister/log-line/v1` (schemas/output/log-line-v1.json). */
export function logLine(environment: string, process: string, line: string): Record<string, unknown> {
  return { schema: "cloister/log-line/v1", environment, process, line };
}
