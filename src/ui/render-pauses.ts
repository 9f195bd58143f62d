import type { Pause } from "../model/condition.ts";
import { pauseMessage } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { diagnosticRecord } from "./diagnostics-json.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";

/** Which pauses hold in a project, and whose were just ended. */
export interface PauseReport {
  readonly project: string;
  readonly pauses: readonly Pause[];
  readonly resumed: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** Which pauses hold, for people. Ends in a line break. */
export function renderPauses({ pauses, resumed, warnings }: PauseReport, options: { readonly color: boolean }): string {
  const style = styleFor(options.color);
  const lines = [
    ...warnings.map(({ code, message }) => style.yellow(`warning ${code}: ${printable(message)}`)),
    ...resumed.map((name) => `${style.bold(`${printable(name)}:`)} resumed`),
    ...pauses.map((pause) => `${style.bold(`${printable(pause.environment)}:`)} ${printable(pauseMessage(pause))}`),
  ];
  return lines.length === 0 ? "nothing is paused\n" : `${lines.join("\n")}\n`;
}

/** The same as one JSON document, `cloister/pause/v1` (schemas/output/pause-v1.json). */
export function pauseDocument({ project, pauses, resumed, warnings }: PauseReport): Record<string, unknown> {
  return {
    ...{ schema: "cloister/pause/v1", project, resumed, warnings: warnings.map(diagnosticRecord) },
    pauses: pauses.map(({ environment, reason, since, until }) => ({ environment, reason, since, until })),
  };
}
