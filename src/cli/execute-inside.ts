import { resolve as absolute } from "node:path";
import { resolve } from "../engine/execute.ts";
import type { WaitingShim } from "../host/enter-process.ts";
import { runInside } from "../host/enter-process.ts";
import { noteEntry } from "../host/entries.ts";
import type { Directories } from "../host/linux.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Host } from "../model/host.ts";
import type { Scope } from "../model/resource.ts";
import type { Text } from "../model/step.ts";
import { enterCommand, enterEnvironment, enterKeys } from "../resources/enter.ts";
import type { Context } from "./context.ts";
import type { Execution } from "./engine.ts";
import { programPath } from "./project-places.ts";

/** Where something is run, and with what. */
interface Inside {
  readonly context: Context;
  readonly manifest: Manifest;
  readonly directories: Directories;
  readonly host: Host;
  readonly scope: Scope & { readonly environment: Environment };
  /** The shim that was started to enter, where it is on our streams. */
  readonly waiting: WaitingShim | null;
}

/** Runs a command in an environment; resolves with its exit code. One on our streams is noted, so that the launcher can do the next one by itself. */
export function executeInside(execution: Execution, inside: Inside): Promise<number> {
  const { scope, host, waiting } = inside;
  const { environment, machine } = scope;
  const entry = {
    group: "exec",
    command: execution.command.length > 0 ? execution.command : ["/bin/sh", "-c", shellScript],
    user: execution.user ?? environment.user,
    workingDirectory: execution.workingDir ?? environment.working_dir,
    ownTerminal: execution.terminal,
  };
  const [group] = scope.places.cgroups;
  if (group !== undefined) host.makeGroups([`${group.path}/exec`]);
  const terminal = execution.terminal ? { TERM: process.env.TERM ?? "linux" } : {};
  const ended = runInside({
    command: enterCommand(scope, entry).map(known),
    environment: enterEnvironment({ ...terminal, ...environment.environment, ...execution.variables }),
    waiting,
    machine,
  });
  // The command runs by now.
  if (!execution.terminal) note(inside);
  return ended;
}

// The user's favourite, where the root has it.
const shellScript = "if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi";

function note({ context, manifest, directories, scope }: Inside): void {
  const { files, project, dataDir, stateDir } = context.settings;
  if (context.flags.value("directory") !== null || files.includes("-") || manifest.dependent === true) return;
  const { user, working_dir: workingDirectory, environment } = scope.environment;
  const variables = Object.entries(enterEnvironment(environment)).map(
    ([name, value]) => `set=${name.replace(/^CLOISTER_SET_/, "")}=${value}`,
  );
  noteEntry(directories.run, programPath(), {
    named: [process.cwd(), dataDir ?? "", stateDir ?? "", project ?? "", ...files, scope.name],
    files: manifest.files.map(({ path }) => absolute(path)),
    keys: [...enterKeys(scope, { group: "exec", user, workingDirectory }).map(known), ...variables],
  });
}

/** A text about an environment that runs: it refers to nothing that is yet to be found out. */
function known(text: Text): string {
  return resolve({ outputs: new Map() }, text);
}
