import { symbols } from "../model/change.ts";
import type { Event, Reporter } from "../model/event.ts";
import { unreachable } from "../model/unreachable.ts";
import { renderDiagnostics } from "./code-frame.ts";
import { printable } from "./printable.ts";
import { summarize } from "./render-plan.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { formatDuration } from "./units.ts";

/** How lines are told: `verbose` names each step with its command, `quiet` tells only what failed. */
export interface PlainOptions {
  readonly color: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly write: (text: string) => void;
  /** The texts of manifests, for the frames of errors in them. */
  readonly sources?: ReadonlyMap<string, string>;
}

/** How far a stage must come before it is told again: a build that reports a thousand times prints some ten lines. */
const progressStep = 0.25;

/** Tells each event in a line that begins with the environment's name, for logs and pipes. */
export function plainReporter({ color, verbose, quiet, write, sources = new Map() }: PlainOptions): Reporter {
  const style = styleFor(color);
  const told = new Map<string, { readonly stage: string; readonly fraction: number }>();
  return {
    report: (event) => {
      if (quiet && !isTrouble(event)) return;
      if (event.type === "step-progress" && !isNews(event, told)) return;
      if (event.type === "step-started" && !verbose) return;
      write(line(event, style, sources));
    },
    close: () => Promise.resolve(),
  };
}

/** The events that one line each is said for; what needs no line gives "". */
function line(event: Event, style: Style, sources: ReadonlyMap<string, string>): string {
  switch (event.type) {
    case "apply-started":
    case "step-finished":
      return "";
    case "environment-started":
      return prefixed(event.environment, summarize(event.changes), style);
    case "step-started":
      return prefixed(
        event.environment,
        `[${event.done + 1}/${event.total}] ${printable(event.title)}\n  ${style.dim(`$ ${printable(event.command)}`)}`,
        style,
      );
    case "step-progress":
      return prefixed(event.environment, progressText(event), style);
    case "environment-finished":
      return prefixed(event.environment, `${style.green("done")} in ${formatDuration(event.durationMs)}`, style);
    case "environment-failed": {
      const head = prefixed(event.environment, `${style.red("failed")}, ${event.done} of ${event.total} steps done`, style);
      return head + renderDiagnostics(event.diagnostics, new Map(), { color: style === styleFor(true) });
    }
    case "environment-skipped":
      return prefixed(event.environment, `${style.yellow("skipped")}: ${printable(event.reason)}`, style);
    case "interrupted":
      return `${style.yellow("interrupted")} (${event.signal}): the step that runs is finished first, unless it only waits or builds a root; once more ends it at once\n`;
    case "apply-finished":
      return `${finishedText(event)}\n`;
    case "warning":
      return renderDiagnostics([event.diagnostic], new Map(), { color: style === styleFor(true) });
    case "watch-started":
      return `watching ${printable(event.project)} (pid ${event.pid}); when it ends, what it watches runs on\n`;
    case "condition":
      return conditionText(event, style, sources);
    case "watch-stopped":
      return `watching ${printable(event.project)} has ended; everything runs on\n`;
    default:
      return unreachable(event);
  }
}

/** What is told even where nothing else is. */
function isTrouble(event: Event): boolean {
  if (event.type === "condition") return event.condition !== "Synced";
  return event.type === "environment-failed" || event.type === "warning";
}

/** `web: Synced false: it is not as it was applied`, what is to be done about it in a line each, and the errors. */
function conditionText(event: Extract<Event, { type: "condition" }>, style: Style, sources: ReadonlyMap<string, string>): string {
  const { condition, environment, status, message, changes, diagnostics } = event;
  const good = status === (condition === "Synced");
  const head = prefixed(
    environment ?? "manifest",
    `${style[good ? "green" : "yellow"](`${condition} ${status}`)}: ${printable(message)}`,
    style,
  );
  const lines = changes.map(({ action, address }) => `  ${symbols[action]} ${action} ${printable(address)}\n`);
  return head + lines.join("") + renderDiagnostics(diagnostics, sources, { color: style === styleFor(true) });
}

/** `unpacking packages 43%: libc6`: a stage, how far it is where that is known, and what it is at. */
export function progressText({ stage, fraction, detail }: Extract<Event, { type: "step-progress" }>): string {
  const percent = fraction === null ? "" : ` ${Math.floor(fraction * 100)}%`;
  return `${printable(stage)}${percent}${detail === "" ? "" : `: ${printable(detail)}`}`;
}

/** `done in 180 ms`, `1 done, 2 failed, 1 skipped in 2.4 s`: how a run ended, counted by environments and shared roots. */
export function finishedText({ changed, failed, skipped, durationMs }: Extract<Event, { type: "apply-finished" }>): string {
  const time = `in ${formatDuration(durationMs)}`;
  if (failed + skipped === 0) return `done ${time}`;
  const counts = [`${changed} done`, ...(failed === 0 ? [] : [`${failed} failed`]), ...(skipped === 0 ? [] : [`${skipped} skipped`])];
  return `${counts.join(", ")} ${time}`;
}

function prefixed(environment: string, text: string, style: Style): string {
  return `${style.bold(`${printable(environment)}:`)} ${text}\n`;
}

function isNews(
  { environment, stage, fraction }: Extract<Event, { type: "step-progress" }>,
  told: Map<string, { stage: string; fraction: number }>,
): boolean {
  const last = told.get(environment);
  const far = fraction ?? 0;
  if (last !== undefined && last.stage === stage && far < last.fraction + progressStep) return false;
  told.set(environment, { stage, fraction: far });
  return true;
}
