import { createHash } from "node:crypto";
import type { Environment } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { enterCommand, enterEnvironment } from "./enter.ts";
import { namespacesAddress } from "./keeper.ts";
import { ownGroup } from "./namespaces.ts";
import { unraisable } from "./ulimit-state.ts";

/** What the fact `process/NAME` tells: JSON. `digest` is of what was wanted when it was started. */
export type ProcessFact =
  | { readonly type: "running"; readonly pid: number; readonly start: string; readonly digest: string }
  | { readonly type: "ended"; readonly code: number; readonly digest: string };

/** A process as it is compared: what defines it, and whether it should be, is, or was. */
export interface ProcessWant {
  readonly digest: string;
  /** As versions before this one would have called the same: ulimits and score were part of it. */
  readonly former?: string;
  readonly command: readonly string[] | null;
  /** Limits that it can only have from its start on. */
  readonly raised?: readonly string[];
  readonly found?: ProcessFact;
}

/** Time for a process to end by itself, in ms (`stop_grace_period`, 10s). */
const graceMs = 10_000;

/** The main process. `restart: no`: one that ended by itself is completed, and no change; one killed by a signal is drift. */
export const processes: Resource<ProcessWant> = {
  name: "processes",
  stage: "running",
  decidedBy: [
    ...["command", "environment", "working_dir", "user", "security.capabilities", "security.no_new_privileges"],
    ...["ulimits", "oom_score_adj"],
  ],
  path: (key) => `processes.${key}`,
  facts: () => ["process/main", "process/main/limits"],
  want(scope, facts) {
    const { environment } = scope;
    const { command } = environment;
    if (command === null) return new Map();
    const digest = processDigest(environment);
    const found = parseProcess(text(facts, "process/main"));
    const former = found === null || found.digest === digest ? {} : { former: formerDigest(environment) };
    return new Map([["main", { digest, command, ...former, raised: unraisable(scope, facts) }]]);
  },
  have(_scope, facts) {
    const found = parseProcess(text(facts, "process/main"));
    return new Map(found === null ? [] : [["main", { digest: found.digest, command: null, found }]]);
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare(want, have) {
    const { found } = have;
    if (want.digest !== have.digest && want.former !== have.digest)
      return [{ field: "", want: (want.command ?? []).join(" "), have: "started from another definition" }];
    const { raised = [] } = want;
    if (found?.type === "running" && raised.length > 0)
      return [
        { field: "", want: `ulimits ${raised.join(", ")} raised`, have: "lower, and without SYS_RESOURCE only a new start can raise them" },
      ];
    if (found?.type === "ended" && found.code > 128) return [{ field: "", want: "running", have: `ended by signal ${found.code - 128}` }];
    if (found?.type === "ended" && found.code >= 125)
      return [{ field: "", want: "running", have: `could not be run (code ${found.code})` }];
    return [];
  },
  seen({ scope, facts }) {
    const found = parseProcess(text(facts, "process/main"));
    const group = `${ownGroup(scope, "p-main") ?? "its control group"}/cgroup.procs`;
    if (found === null) return `no process in ${group}, no end in ${endFile(scope)}`;
    if (found.type === "ended") return `${endFile(scope)}: ${found.code} (nothing of it in ${group})`;
    return `${group}: ${found.pid}, CLOISTER_WANT=${found.digest.slice(0, 16)} in the environ of what waits for it`;
  },
  describe: (value) => (value.command ?? []).join(" "),
  create: ({ scope, facts }) => [...clearingSteps(scope, facts), ...startSteps(scope)],
  update: () => "restart-process",
  remove: ({ scope, have }) => stopSteps(scope, have),
};

/** Parses the fact; null where there is no process and never was one that we know of. */
export function parseProcess(text: string | null): ProcessFact | null {
  if (text === null) return null;
  const fact: ProcessFact = JSON.parse(text);
  return fact;
}

/** sha256 over everything that a change of restarts the process. */
function processDigest(environment: Environment): string {
  return createHash("sha256")
    .update(JSON.stringify(definition(environment)))
    .digest("hex");
}

function formerDigest(environment: Environment): string {
  const { ulimits, oom_score_adj } = environment;
  const parts = { ...definition(environment), ulimits: sorted(ulimits), oom_score_adj };
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function definition({ command, environment: variables, working_dir, user, security }: Environment) {
  const { capabilities, no_new_privileges: nnp } = security;
  return { command, variables: sorted(variables), working_dir, user, capabilities, nnp };
}

function sorted<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

// $1: where the end is written. The process's parent outside is nsenter, whose environ names the process and what was wanted. What it prints goes through a
// pipe to cat, which appends it to the log: a descriptor of the log itself would be a file of the host inside. The file of the end is opened at the start: what
// ended late writes into its own, which its successor has unlinked.
const waiterScript = `end=$1; shift
{ "$@" 3>&-; echo "$? $CLOISTER_WANT" >&3; } 3>"$end" </dev/null 2>&1 | exec cat`;

function startSteps(scope: Scope): readonly Step[] {
  const { environment, places } = scope;
  if (environment?.command == null) return [];
  const end = endFile(scope);
  const entry = {
    group: "p-main",
    command: environment.command,
    user: environment.user,
    workingDirectory: environment.working_dir,
    ownOutput: true,
  };
  return [
    forgetStep(end),
    { type: "mkdir", title: "log directory", path: places.logs, mode: 0o700 },
    { type: "cgroup", title: "control group of main", paths: [ownGroup(scope, "p-main") ?? []].flat() },
    {
      type: "spawn",
      title: `start ${environment.command.join(" ")}`,
      of: namespacesAddress(scope.name),
      command: ["sh", "-c", waiterScript, "sh", end, ...enterCommand({ ...scope, environment }, entry)],
      environment: {
        ...enterEnvironment(environment.environment),
        CLOISTER_PROCESS: `${scope.project}/${birthName(scope)}/main`,
        CLOISTER_WANT: processDigest(environment),
      },
      log: `${places.logs}/main.log`,
      group: ownGroup(scope, "p-main") ?? "",
      end,
    },
  ];
}

/** Of what runs somebody may have taken the run directory away, and with it the word of an end: what is left then of what had been started. */
function clearingSteps(scope: Scope, facts: Facts): readonly Step[] {
  if (scope.keeper?.assembled !== true) return [];
  const directory: Step = { type: "mkdir", title: "run directory", path: scope.places.run, mode: 0o700 };
  return [...(parseProcess(text(facts, "process/main")) === null ? restSteps(scope) : []), directory];
}

function stopSteps(scope: Scope, { found }: ProcessWant): readonly Step[] {
  const stop: readonly Step[] =
    found?.type === "running"
      ? [{ type: "signal", title: "stop the main process", pid: found.pid, start: found.start, signal: "SIGTERM", graceMs }]
      : [];
  return [...stop, ...restSteps(scope), forgetStep(endFile(scope))];
}

/** What a main process has started goes with it. */
function restSteps(scope: Scope): readonly Step[] {
  const group = ownGroup(scope, "p-main");
  return group === null ? [] : [{ type: "remove", title: "control group of main", path: group, how: "cgroup" }];
}

/** Where it stands how the process ended. */
function endFile({ places }: Scope): string {
  return `${places.run}/main.end`;
}

function forgetStep(path: string): Step {
  return { type: "remove", title: "forget the last end", path, how: "file" };
}
