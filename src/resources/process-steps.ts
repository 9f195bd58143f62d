import type { Environment, Process } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { enterCommand, enterEnvironment } from "./enter.ts";
import { namespacesAddress } from "./keeper.ts";
import { ownGroup } from "./namespaces.ts";
import { processDigest } from "./process-definition.ts";
import type { ProcessFact } from "./process-state.ts";
import { foundProcess, processPart } from "./process-state.ts";

// $1: where the end is written. The process's parent outside is nsenter, whose environ names the process and what was wanted. What it prints goes through a
// pipe to cat, which appends it to the log: a descriptor of the log itself would be a file of the host inside. The file of the end is opened at the start: what
// ended late writes into its own, which its successor has unlinked.
const waiterScript = `end=$1; shift
{ "$@" 3>&-; echo "$? $CLOISTER_WANT" >&3; } 3>"$end" </dev/null 2>&1 | exec cat`;

/** Starts a wanted process in its own control group, its output appended to its own log. */
export function startSteps(scope: Scope, name: string): readonly Step[] {
  const { environment, places } = scope;
  const process = environment?.processes[name];
  if (environment === null || process === undefined) return [];
  const end = endFile(scope, name);
  return [
    forgetStep(end),
    { type: "mkdir", title: "log directory", path: places.logs, mode: 0o700 },
    { type: "cgroup", title: `control group of ${name}`, paths: [ownGroup(scope, processPart(name)) ?? []].flat() },
    {
      type: "spawn",
      title: `start ${name === "main" ? "" : `${name}: `}${process.command.join(" ")}`,
      of: namespacesAddress(scope.name),
      command: ["sh", "-c", waiterScript, "sh", end, ...enterCommand({ ...scope, environment }, entryOf(name, process, environment))],
      environment: {
        ...enterEnvironment({ ...environment.environment, ...process.environment }),
        CLOISTER_PROCESS: `${scope.project}/${birthName(scope)}/${name}`,
        CLOISTER_WANT: processDigest(process, environment),
      },
      log: `${places.logs}/${name}.log`,
      group: ownGroup(scope, processPart(name)) ?? "",
      end,
    },
  ];
}

function entryOf(name: string, { command, user, working_dir, ulimits }: Process, environment: Environment) {
  const own = { ...environment.ulimits, ...ulimits };
  return { group: processPart(name), command, user, workingDirectory: working_dir, ulimits: own, ownOutput: true };
}

/** Of what runs somebody may have taken the run directory away, and with it the word of an end: what is left then of what had been started. */
export function clearingSteps(scope: Scope, name: string, facts: Facts): readonly Step[] {
  if (scope.keeper?.assembled !== true) return [];
  const directory: Step = { type: "mkdir", title: "run directory", path: scope.places.run, mode: 0o700 };
  return [...(foundProcess(facts, name) === null ? restSteps(scope, name) : []), directory];
}

/** Asks a process to end, kills it when its time is over, and with it whatever it has started; its end is forgotten. */
export function stopSteps(scope: Scope, name: string, found: ProcessFact | undefined): readonly Step[] {
  const stop: readonly Step[] = found?.type === "running" ? [signalStep(scope, name, found)] : [];
  return [...stop, ...restSteps(scope, name), forgetStep(endFile(scope, name))];
}

function signalStep({ last, environment }: Scope, name: string, { pid, start }: ProcessFact & { readonly type: "running" }): Step {
  // It is stopped as it was started: an edit of that holds from its next start on.
  const { stop_signal: signal, stop_grace_period: grace } = last?.processes[name] ?? environment?.processes[name] ?? unknownStop;
  return { type: "signal", title: `stop ${name}`, pid, start, signal, graceMs: grace * 1000 };
}

const unknownStop = { stop_signal: "SIGTERM", stop_grace_period: 10 } as const;

/** What a process has started goes with it. */
function restSteps(scope: Scope, name: string): readonly Step[] {
  const group = ownGroup(scope, processPart(name));
  return group === null ? [] : [{ type: "remove", title: `control group of ${name}`, path: group, how: "cgroup" }];
}

/** Where it stands how a process ended. */
export function endFile({ places }: Scope, name: string): string {
  return `${places.run}/${name}.end`;
}

function forgetStep(path: string): Step {
  return { type: "remove", title: "forget the last end", path, how: "file" };
}
