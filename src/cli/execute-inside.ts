import { resolve as absolute } from "node:path";
import { resolve } from "../engine/outputs.ts";
import type { Entering } from "../host/enter-process.ts";
import { noteEntry } from "../host/entries.ts";
import type { Directories } from "../host/linux.ts";
import type { Manifest } from "../model/environment.ts";
import type { Host } from "../model/host.ts";
import type { Text } from "../model/step.ts";
import { enterCommand, enterEnvironment, enterKeys } from "../resources/enter.ts";
import { callersTerminal } from "../resources/terminal.ts";
import type { Context } from "./context.ts";
import type { Execution } from "./engine.ts";
import { programPath } from "./project-places.ts";
import type { RunningScope } from "./running-scope.ts";

/** Where something is run, and with what. */
interface Inside {
  readonly context: Context;
  readonly manifest: Manifest;
  readonly directories: Directories;
  readonly host: Host;
  readonly scope: RunningScope;
  /** What waits to enter, where it is on our streams. */
  readonly entering: Entering | null;
}

/** Runs a command in an environment; resolves with its exit code. It is noted, so that the launcher can do the next one by itself. */
export async function executeInside(execution: Execution, inside: Inside): Promise<number> {
  const { scope, host, entering, context } = inside;
  const { environment } = scope;
  const entry = {
    group: "exec",
    command: execution.command.length > 0 ? execution.command : ["/bin/sh", "-c", shellScript],
    user: execution.user ?? environment.user,
    workingDirectory: execution.workingDir ?? environment.working_dir,
    ownOutput: execution.terminal,
    leadsTerminal: execution.terminal,
  };
  const [group] = scope.places.cgroups;
  if (group !== undefined) host.makeGroups([`${group.path}/exec`]);
  const terminal = execution.terminal ? { TERM: process.env.TERM ?? "linux" } : {};
  const request = {
    command: enterCommand(scope, entry).map(known),
    environment: enterEnvironment({ ...terminal, ...environment.environment, ...execution.variables }),
  };
  if (entering === null) {
    const { executeInTerminal } = await import("./execute-in-terminal.ts");
    const command = [...callersTerminal(scope, process.stdout).map(known), ...request.command];
    const caller = {
      name: scope.name,
      terminal: context.terminal,
      detachKeys: execution.detachKeys ?? null,
      isQuiet: context.settings.quiet,
    };
    const ended = executeInTerminal({ ...request, command }, caller);
    note(inside);
    return ended;
  }
  const ended = entering.run(request);
  // The command runs by now.
  note(inside);
  return ended;
}

// The user's favourite, where the root has it.
const shellScript = "if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi";

function note({ context, manifest, directories, scope }: Inside): void {
  // What was kept half made is looked at each time before anything may run in it.
  if (scope.keeper.failed !== undefined) return;
  const { files, project, dataDir, stateDir } = context.settings;
  if (context.flags.value("directory") !== null || files.includes("-") || manifest.dependent === true) return;
  const { user, working_dir: workingDirectory, environment } = scope.environment;
  const variables = Object.entries(enterEnvironment(environment)).map(
    ([name, value]) => `set=${name.replace(/^CLOISTER_SET_/, "")}=${value}`,
  );
  const here = workingDirectoryNow();
  if (here === null) return;
  noteEntry(directories.run, programPath(), {
    named: [here, dataDir ?? "", stateDir ?? "", project ?? "", ...files, scope.name],
    files: manifest.files.map(({ path }) => absolute(path)),
    keys: [...enterKeys(scope, { group: "exec", user, workingDirectory }).map(known), ...variables],
  });
}

/** Null: it was removed. The command runs all the same, and nothing is noted of it. */
function workingDirectoryNow(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

/** A text about an environment that runs: it refers to nothing that is yet to be found out. */
function known(text: Text): string {
  return resolve({ outputs: new Map() }, text);
}
