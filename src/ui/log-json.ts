/** A line of a log as one JSON document, `cloister/log-line/v1` (schemas/output/log-line-v1.json). `moment`: when it came, milliseconds since 1970; null: not known. */
export function logLine(environment: string, process: string, { line, moment }: LoggedLine): Record<string, unknown> {
  const time = moment === null ? {} : { time: new Date(moment).toISOString() };
  return { schema: "cloister/log-line/v1", environment, process, ...time, line };
}

interface LoggedLine {
  readonly line: string;
  readonly moment: number | null;
}

/** The time before a line; as wide where it is not known. */
export function shownMoment(moment: number | null): string {
  return moment === null ? "-".padEnd(24) : new Date(moment).toISOString();
}
