import type { Environment, Process } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import { shownWords } from "../model/shell.ts";
import type { Step } from "../model/step.ts";
import { enterCommand, enterEnvironment } from "./enter.ts";
import { endRunner } from "./health-end.ts";
import { runnerSteps } from "./health-runner.ts";
import { startHook, stopHook } from "./hooks.ts";
import { namespacesAddress, ownGroup } from "./keeper.ts";
import { processDigest } from "./process-definition.ts";
import type { ProcessFact, RunningProcess } from "./process-state.ts";
import { foundProcess, processPart } from "./process-state.ts";
import { logFile, supervisorCommand } from "./supervisor.ts";
import { terminalCommand } from "./terminal.ts";

/** Starts a wanted process in its own control group, its output appended to its own log. */
export function startSteps(scope: Scope, name: string): readonly Step[] {
  const { environment, places } = scope;
  const process = environment?.processes[name];
  if (environment === null || process === undefined) return [];
  const end = endFile(scope, name);
  return [
    ...startHook({ ...scope, environment }, name, "pre_start"),
    forgetStep(end),
    { type: "mkdir", title: "log directory", path: places.logs, mode: 0o700 },
    { type: "cgroup", title: `control group of ${name}`, paths: [ownGroup(scope, processPart(name)) ?? []].flat() },
    {
      type: "spawn",
      title: `start ${name === "main" ? "" : `${name}: `}${shownWords(process.command)}`,
      of: namespacesAddress(scope.name),
      ...supervised({ ...scope, environment }, name, { process, end, adopted: "" }),
      log: logFile(scope, name),
      group: ownGroup(scope, processPart(name)) ?? "",
      end,
    },
    ...runnerSteps(scope, name),
    ...startHook({ ...scope, environment }, name, "post_start"),
  ];
}

/** What starts a process, or what looks after one that runs. */
function supervised(
  scope: Scope & { readonly environment: Environment },
  name: string,
  { process, end, adopted }: { readonly process: Process; readonly end: string; readonly adopted: string },
) {
  const { environment } = scope;
  return {
    command: [
      ...supervisorCommand(scope, name, { end, adopted, logging: process.logging ?? null }),
      ...terminalCommand(scope, name, process),
      ...enterCommand(scope, entryOf(name, process, environment)),
    ],
    environment: {
      ...enterEnvironment({ ...environment.environment, ...process.environment }),
      CLOISTER_PROCESS: `${scope.project}/${birthName(scope)}/${name}`,
      CLOISTER_WANT: processDigest(process, environment),
      CLOISTER_RESTART: process.restart,
    },
  };
}

/** Has a new supervisor look after a process that runs and has lost its own; the process goes on. */
export function adoptionSteps(scope: Scope, name: string, { waiter }: RunningProcess): readonly Step[] {
  const { environment, places } = scope;
  const process = environment?.processes[name];
  if (environment === null || process === undefined) return [];
  const ready = `${places.run}/${name}.adopted`;
  const frame = { process, end: endFile(scope, name), adopted: String(waiter) };
  return [
    { type: "mkdir", title: "run directory", path: places.run, mode: 0o700 },
    forgetStep(ready),
    { type: "mkdir", title: "log directory", path: places.logs, mode: 0o700 },
    {
      type: "spawn",
      title: `look after ${name}, which runs on`,
      of: namespacesAddress(scope.name),
      ...supervised({ ...scope, environment }, name, frame),
      log: logFile(scope, name),
      // Done when the new supervisor has said that it is there: it starts nothing by itself.
      group: `${places.run}/stage`,
      end: ready,
    },
  ];
}

function entryOf(name: string, { command, user, working_dir, ulimits, tty }: Process, environment: Environment) {
  const own = { ...environment.ulimits, ...ulimits };
  const entry = { group: processPart(name), command, user, workingDirectory: working_dir, ulimits: own };
  return { ...entry, ownOutput: true, leadsTerminal: tty === true, lasting: true };
}

/** Of what runs somebody may have taken the run directory away, and with it the word of an end: what is left then of what had been started. */
export function clearingSteps(scope: Scope, name: string, facts: Facts): readonly Step[] {
  if (scope.keeper?.assembled !== true) return [];
  const directory: Step = { type: "mkdir", title: "run directory", path: scope.places.run, mode: 0o700 };
  return [...(foundProcess(facts, name) === null ? restSteps(scope, name) : []), directory];
}

/** Asks a process to end, kills it when its time is over, and with it whatever it has started; its end is forgotten. */
export function stopSteps(scope: Scope, name: string, found: ProcessFact | undefined): readonly Step[] {
  const end = [...restSteps(scope, name), forgetStep(endFile(scope, name))];
  if (found?.type !== "running") return [...endRunner(name, found), ...endSupervisor(name, found), ...end];
  const stop = [...endSupervisor(name, found), signalStep(scope, name, found)];
  // What asks whether it is well goes first: what a hook does to the process is no failure.
  return [...endRunner(name, found), ...stopHook(scope, name, "pre_stop"), ...stop, ...end, ...stopHook(scope, name, "post_stop")];
}

/** It would start the process anew, or is about to. */
function endSupervisor(name: string, found: ProcessFact | undefined): readonly Step[] {
  const supervisor = found?.type === "running" && found.restart === "no" && found.health === undefined ? undefined : found?.supervisor;
  if (supervisor === undefined) return [];
  return [{ type: "signal", title: `no restart of ${name}`, ...supervisor, signal: "SIGKILL", graceMs: 0 }];
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
