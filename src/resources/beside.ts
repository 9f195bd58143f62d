import type { Environment, Process } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { enterCommand, enterEnvironment } from "./enter.ts";

/** A command that is run inside because of a process, and how long it may take, in ms. */
export interface Beside {
  readonly title: string;
  readonly process: Process;
  readonly command: readonly string[];
  readonly withinMs: number;
}

/** Runs a command as whom a process runs, with its variables, and not as a part of it. */
export function besideStep(
  scope: Scope & { readonly environment: Environment },
  { title, process, command, withinMs }: Beside,
): Step & { readonly type: "run" } {
  const { environment } = scope;
  const { user, working_dir: workingDirectory } = process;
  const ulimits = { ...environment.ulimits, ...process.ulimits };
  return {
    type: "run",
    title,
    command: enterCommand(scope, { group: "exec", command, user, workingDirectory, ulimits, ownOutput: true }),
    environment: enterEnvironment({ ...environment.environment, ...process.environment }),
    withinMs,
  };
}
