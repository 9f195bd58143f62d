import type { Planned } from "../engine/planned.ts";
import { setFrozen } from "../host/freezer.ts";
import type { LookingHost } from "../model/host.ts";
import type { EnvironmentState, ProcessState } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import { ownGroup } from "../resources/keeper.ts";
import { processPart } from "../resources/process-state.ts";
import { lookAt, notRunning } from "./process-ends.ts";
import type { SelectedProcesses } from "./process-operands.ts";

/**
 * Holds processes with everything that they have started, or lets them go on; returns those that cannot be held, as they are only about to be started
 * anew. Throws `engine/not-running` where none of them runs.
 */
export async function freezeProcesses(
  host: LookingHost,
  selected: readonly SelectedProcesses[],
  frozen: boolean,
): Promise<readonly string[]> {
  const all = selected.flatMap(({ scope, names }) => names.map((name) => ({ scope, name, found: lookAt(host, scope, name) })));
  const groups = all.flatMap(({ scope, name, found }) => (found?.type === "running" ? (ownGroup(scope, processPart(name)) ?? []) : []));
  if (groups.length === 0) throw notRunning(selected);
  for (const group of groups) await setFrozen(group, frozen);
  return all.flatMap(({ scope, name, found }) =>
    found?.type === "ended" && found.supervisor !== undefined ? [`${scope.name}/${name}`] : [],
  );
}

/** How environments stand, and which of their processes are frozen. */
export function withFrozen(host: LookingHost, { plan, targets }: Planned): readonly EnvironmentState[] {
  return plan.environments.map((state) => {
    const scope = targets.find((target) => target.scope.name === state.name)?.scope;
    if (scope === undefined) return state;
    const processes = Object.entries(state.processes).map(([name, process]) => [name, seen(host, scope, { name, process })] as const);
    return { ...state, processes: Object.fromEntries(processes) };
  });
}

function seen(host: LookingHost, scope: Scope, { name, process }: { readonly name: string; readonly process: ProcessState }): ProcessState {
  if (process.type !== "running") return process;
  const fact = `part/${processPart(name)}/cgroup.freeze`;
  const found = host.collect(scope, [fact]).get(fact);
  return found !== undefined && "text" in found && found.text.trim() === "1" ? { ...process, frozen: true } : process;
}
