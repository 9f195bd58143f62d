import type { Action, Change } from "../model/change.ts";
import type { Plan } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { diagnosticRecord, placeRecord } from "./diagnostics-json.ts";
import { stateRecord } from "./status-json.ts";

/** A plan as one JSON document, `cloister/plan/v1` (schemas/output/plan-v1.json). `formatStep` gives the command of a step. */
export function planDocument(plan: Plan, formatStep: (step: Step) => string): Record<string, unknown> {
  const withSteps = (change: Change) => ({
    ...changeRecord(change),
    steps: change.steps.map((step) => ({ type: step.type, title: step.title, command: formatStep(step) })),
  });
  return {
    schema: "cloister/plan/v1",
    project: plan.project,
    summary: summaryRecord(plan.changes),
    groups: plan.groups.map(({ name, changes, after }) => ({ name, after, changes: changes.map((change) => change.address) })),
    changes: plan.changes.map(withSteps),
    ignored: (plan.left ?? []).map(({ change, by }) => ({ ...withSteps(change), ignored_by: by })),
    warnings: plan.warnings.map(diagnosticRecord),
    environments: plan.environments.map(stateRecord),
    held: (plan.held ?? []).map(withSteps),
    orphans: (plan.orphans ?? []).map(withSteps),
    refused: (plan.refused ?? []).map(diagnosticRecord),
  };
}

/** How many changes of each kind; all kinds are there. */
export function summaryRecord(changes: readonly Change[]): Record<string, number> {
  const count = (action: Action) => changes.filter((change) => change.action === action).length;
  return {
    create: count("create"),
    update: count("update"),
    restart_process: count("restart-process"),
    recreate: count("recreate"),
    destroy: count("destroy"),
  };
}

/** One change as JSON, without its steps. */
export function changeRecord(change: Change): Record<string, unknown> {
  return {
    address: change.address,
    environment: change.environment,
    resource: change.resource,
    action: change.action,
    description: change.description,
    differences: change.differences.map(({ field, want, have, evidence }) => ({ field, want, have, evidence: evidence ?? null })),
    because: change.because === undefined ? null : placeRecord(change.because),
    reason: change.reason ?? null,
    origin: change.origin ?? null,
    live_update: change.liveUpdate,
    pids: change.pids,
    gap: change.gap ?? null,
    blocked_by: change.blocked?.holders.map(({ pid, command, path, by }) => ({ pid, command, path, by })) ?? [],
  };
}
