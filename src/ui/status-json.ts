import type { EnvironmentState } from "../model/plan.ts";

/** How environments stand, as one JSON document, `cloister/status/v1` (schemas/output/status-v1.json). */
export function statusDocument(project: string, states: readonly EnvironmentState[]): Record<string, unknown> {
  return { schema: "cloister/status/v1", project, environments: states.map(stateRecord) };
}

/** One environment's state as JSON; what is not known is null. */
export function stateRecord(state: EnvironmentState): Record<string, unknown> {
  return {
    name: state.name,
    state: state.state,
    synced: state.state === "running" && state.drifted.length === 0 && state.pending.length === 0,
    drifted: state.drifted,
    pending: state.pending,
    id: state.id,
    pid: state.pid,
    uptime_seconds: state.uptimeSeconds === null ? null : Math.round(state.uptimeSeconds * 100) / 100,
    root: state.root,
    memory_bytes: state.memoryBytes,
    process: state.process,
  };
}
