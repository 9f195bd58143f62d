import type { StandingCondition } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { EnvironmentState } from "../model/plan.ts";
import { diagnosticRecord } from "./diagnostics-json.ts";

/** How a project stands: its environments, each with its conditions, and its own. */
export interface StatusReport {
  readonly project: string;
  readonly environments: readonly { readonly state: EnvironmentState; readonly conditions: readonly StandingCondition[] }[];
  readonly conditions: readonly StandingCondition[];
  readonly warnings: readonly Diagnostic[];
}

/** How environments stand, as one JSON document, `cloister/status/v1` (schemas/output/status-v1.json). */
export function statusDocument({ project, environments, conditions, warnings }: StatusReport): Record<string, unknown> {
  return {
    schema: "cloister/status/v1",
    project,
    environments: environments.map((one) => ({ ...stateRecord(one.state), conditions: one.conditions })),
    conditions,
    warnings: warnings.map(diagnosticRecord),
  };
}

/** One environment's state as JSON; what is not known is null. */
export function stateRecord(state: EnvironmentState): Record<string, unknown> {
  return {
    name: state.name,
    state: state.state,
    synced: state.state === "running" && state.drifted.length === 0 && state.pending.length === 0,
    drifted: state.drifted,
    pending: state.pending,
    ignored: state.ignored ?? [],
    id: state.id,
    pid: state.pid,
    uptime_seconds: state.uptimeSeconds,
    root: state.root,
    memory_bytes: state.memoryBytes,
    process: state.processes.main ?? null,
    processes: state.processes,
    ...(state.failure === undefined ? {} : { failure: state.failure }),
    ...(state.traffic === undefined ? {} : { traffic: state.traffic }),
    ...(state.uplink === undefined ? {} : { uplink: state.uplink }),
  };
}
