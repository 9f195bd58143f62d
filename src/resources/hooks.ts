import type { Environment, HookName, Process } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import { shownWords } from "../model/shell.ts";
import type { Step } from "../model/step.ts";
import { besideStep } from "./beside.ts";

/** Before and after a process is started; one that fails is a failed step. */
export function startHook(
  scope: Scope & { readonly environment: Environment },
  name: string,
  hook: "pre_start" | "post_start",
): readonly Step[] {
  const process = scope.environment.processes[name];
  return process === undefined ? [] : hookSteps(scope, { name, process, hook });
}

/** Before and after one that runs is stopped, as it was started; one that fails is told, and keeps nothing from its end. */
export function stopHook(scope: Scope, name: string, hook: "pre_stop" | "post_stop"): readonly Step[] {
  const environment = [scope.last, scope.environment].find((one) => one?.processes[name] !== undefined);
  const process = environment?.processes[name];
  if (scope.keeper?.assembled !== true || environment === null || environment === undefined || process === undefined) return [];
  return hookSteps({ ...scope, environment }, { name, process, hook }).map((step) => ({ ...step, goesOn: true }));
}

interface Hooked {
  readonly name: string;
  readonly process: Process;
  readonly hook: HookName;
}

function hookSteps(scope: Scope & { readonly environment: Environment }, { name, process, hook }: Hooked) {
  const { hooks } = process;
  const command = hooks?.[hook];
  if (hooks === undefined || command === undefined) return [];
  const title = `${hook} of ${name}: ${shownWords(command)}`;
  return [besideStep(scope, { title, process, command, withinMs: hooks.timeout * 1000 })];
}
