import type { Diagnostic } from "../model/diagnostic.ts";
import type { Reporter } from "../model/event.ts";
import type { Host, RunRequest } from "../model/host.ts";
import type { Group } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import type { Outputs } from "./outputs.ts";
import { resolve } from "./outputs.ts";
import { diagnosticsOf } from "./step-failure.ts";

/** What the commands of one run share: what earlier steps found out, and what was made. */
export interface CommandRun {
  readonly host: Host;
  readonly reporter: Reporter;
  /** `ADDRESS pid`, `ADDRESS path` ...: outputs of steps that were done. */
  readonly outputs: Outputs;
  /** What was made, or is being made, for several environments: by what makes it. */
  readonly shared: Map<string, Promise<void>>;
  readonly interrupted: () => boolean;
}

/** The group that commands are run for. */
interface Commanding {
  readonly run: CommandRun;
  readonly group: Group;
  readonly told: Diagnostic[];
  /** Whether no step more of the group is begun, and what only waits is ended. */
  readonly isStopped: () => boolean;
}

/** What need not be made for several environments, because it was seen to stand and nobody takes it away meanwhile. */
export function standing(groups: readonly Group[]): CommandRun["shared"] {
  const steps = groups.flatMap(({ changes }) => changes.flatMap((change) => change.steps));
  if (steps.some((step) => step.type === "run" && step.shared === "left")) return new Map();
  return new Map(
    steps.flatMap((step): readonly (readonly [string, Promise<void>])[] => {
      if (step.type !== "network" && step.type !== "run") return [];
      return step.stands === true ? [[madeBy(step), Promise.resolve()]] : [];
    }),
  );
}

/** A keeper is waited for: what needs nothing of it can begin. */
export function beginAhead(state: Commanding, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.type !== "run" || step.ahead !== true) continue;
    if (!state.run.shared.has(madeBy(step))) state.run.host.begin(runRequest(state, step));
  }
}

/** What tells a step from all others that are done for several environments, which have no references. */
function madeBy(step: Step & { readonly type: "network" | "run" }): string {
  return JSON.stringify(step.type === "run" ? [step.command, step.input] : step.lines);
}

/** What a step of another environment makes is awaited, and not made twice. */
export async function runShared(state: Commanding, step: Step & { readonly type: "run" }): Promise<void> {
  const { host, shared } = state.run;
  const request = runRequest(state, step);
  if (step.shared === "made") return madeOnce(state, step, () => host.run(request));
  await host.run(request);
  if (step.shared === "left") shared.clear();
}

/** Changes networks, likewise. */
export async function changeNetwork(state: Commanding, step: Step & { readonly type: "network" }): Promise<void> {
  const { run } = state;
  const { lines, inside, shared } = step;
  const resolved = inside === undefined ? null : { pid: resolve(run, inside.pid), start: resolve(run, inside.start) };
  const change = () => run.host.network({ lines, inside: resolved });
  return shared === "made" ? madeOnce(state, step, change) : change();
}

function madeOnce({ run: { shared } }: Commanding, step: Parameters<typeof madeBy>[0], make: () => Promise<void>): Promise<void> {
  const key = madeBy(step);
  const making = shared.get(key) ?? make();
  shared.set(key, making);
  return making;
}

/** That it fails stops nothing, and is told in the end. */
export async function goOn(state: Commanding, step: Step & { readonly type: "run" }): Promise<void> {
  try {
    await state.run.host.run(runRequest(state, step));
  } catch (error) {
    state.told.push(...diagnosticsOf(error, `${state.group.name}: ${step.title}: `, "what comes after it was done all the same"));
  }
}

function runRequest({ run, group, isStopped }: Commanding, step: Step & { readonly type: "run" }): RunRequest {
  const { command, environment, withinMs } = step;
  return {
    command: command.map((one) => resolve(run, one)),
    progress: step.progress ?? null,
    log: step.log ?? null,
    tolerates: step.tolerates ?? [],
    input: step.input ?? null,
    lasts: step.lasts === true,
    ...(environment === undefined ? {} : { environment }),
    ...(withinMs === undefined ? {} : { withinMs }),
    ...(step.waits === true ? { waits: isStopped } : {}),
    ...(step.progress === undefined ? {} : { ends: run.interrupted }),
    onProgress: (progress) => run.reporter.report({ type: "step-progress", environment: group.name, ...progress }),
  };
}
