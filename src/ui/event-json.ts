import type { Event } from "../model/event.ts";
import { unreachable } from "../model/unreachable.ts";
import { diagnosticRecord } from "./diagnostics-json.ts";
import { changeRecord, summaryRecord } from "./plan-json.ts";

/** One event as JSON, `cloister/event/v1` (schemas/output/event-v1.json): its type, and what belongs to it in snake_case. */
export function eventRecord(event: Event): Record<string, unknown> {
  return { schema: "cloister/event/v1", type: event.type, ...body(event) };
}

function body(event: Event): Record<string, unknown> {
  switch (event.type) {
    case "apply-started":
      return {
        project: event.plan.project,
        summary: summaryRecord(event.plan.changes),
        groups: event.plan.groups.map(({ name, changes, after }) => ({ name, after, changes: changes.length })),
        warnings: event.plan.warnings.map(diagnosticRecord),
        held: (event.plan.held ?? []).map(changeRecord),
      };
    case "environment-started":
      return { environment: event.environment, total: event.total, changes: event.changes.map(changeRecord) };
    case "step-started": {
      const { environment, title, done, total, command } = event;
      return { environment, title, done, total, command };
    }
    case "step-progress": {
      const { environment, stage, fraction, detail } = event;
      return { environment, stage, fraction, detail };
    }
    case "step-finished": {
      const { environment, title, done, total } = event;
      return { environment, title, done, total, duration_ms: rounded(event.durationMs) };
    }
    case "environment-finished":
      return {
        environment: event.environment,
        duration_ms: rounded(event.durationMs),
        changes: event.changes.map(({ address, action }) => ({ address, action })),
      };
    case "environment-failed": {
      const { environment, done, total } = event;
      return { environment, done, total, diagnostics: event.diagnostics.map(diagnosticRecord) };
    }
    case "environment-skipped":
      return { environment: event.environment, reason: event.reason };
    case "interrupted":
      return { signal: event.signal };
    case "apply-finished": {
      const { changed, failed, skipped } = event;
      return { changed, failed, skipped, duration_ms: rounded(event.durationMs) };
    }
    case "warning":
      return { diagnostic: diagnosticRecord(event.diagnostic) };
    case "watch-started":
      return { project: event.project, pid: event.pid };
    case "condition": {
      const { condition, environment, status, reason, message, since, generation } = event;
      const [changes, diagnostics] = [event.changes.map(changeRecord), event.diagnostics.map(diagnosticRecord)];
      return { condition, environment, status, reason, message, since, generation, changes, diagnostics };
    }
    case "watch-stopped":
      return { project: event.project };
    default:
      return unreachable(event);
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
