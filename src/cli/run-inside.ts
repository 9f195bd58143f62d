import { resolve } from "../engine/execute.ts";
import type { WaitingShim } from "../host/enter-process.ts";
import { runInside } from "../host/enter-process.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { Host } from "../model/host.ts";
import type { Scope } from "../model/resource.ts";
import { enterCommand, enterEnvironment } from "../resources/enter.ts";
import type { Execution } from "./engine.ts";

/** Where something is to be run. */
export interface Inside {
  readonly scope: Scope & { readonly environment: Environment };
  readonly host: Host;
  /** The shim that was started to enter, where something is to be run on our streams. */
  readonly waiting: WaitingShim | null;
}

/** Runs a command inside an environment that runs; returns its own exit code, or 125, 126, 127, 128+n. */
export function executeInside(execution: Execution, { scope, host, waiting }: Inside): Promise<number> {
  const { environment, machine } = scope;
  const command = execution.command.length > 0 ? execution.command : ["/bin/sh", "-c", shellScript];
  const entry = {
    group: "exec",
    command,
    user: execution.user ?? environment.user,
    workingDirectory: execution.workingDir ?? environment.working_dir,
    ownTerminal: execution.terminal,
  };
  const [group] = scope.places.cgroups;
  if (group !== undefined) host.makeGroups([`${group.path}/exec`]);
  const terminal = execution.terminal ? { TERM: process.env.TERM ?? "linux" } : {};
  return runInside({
    command: enterCommand(scope, entry).map((text) => resolve({ outputs: new Map() }, text)),
    environment: enterEnvironment({ ...terminal, ...environment.environment, ...execution.variables }),
    waiting,
    machine,
  });
}

/** The error `engine/not-running`. */
export function notRunning(name: string): CloisterError {
  const message = `${name} is not running`;
  return new CloisterError({ code: "engine/not-running", severity: "error", message, hint: `start it: cloister apply ${name}` });
}

// The user's favourite, where the root has it.
const shellScript = "if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi";
