import { within } from "../model/address.ts";
import type { ConditionName, Pause, StandingCondition } from "../model/condition.ts";
import { pauseMessage } from "../model/condition.ts";
import type { EnvironmentState } from "../model/plan.ts";

/** A condition as a watch that runs has told it; of an environment, an address in it, or null: the manifest. */
export interface ToldCondition extends StandingCondition {
  readonly environment: string | null;
}

/** What is known beside how an environment was seen. */
export interface Standing {
  /** Milliseconds since 1970, when the machine was booted. */
  readonly booted: number;
  readonly generation: number | null;
  readonly pause: Pause | null;
  /** What a watch that runs has told; null: none runs. */
  readonly told: readonly ToldCondition[] | null;
  /** When it was last ended by cloister, where it does not run since; null: not known. */
  readonly ended: string | null;
  /** Whether it is part of what was last applied. */
  readonly applied: boolean;
}

/** How an environment stands: what was seen by looking, and what only a watch knows. */
export function conditionsOf(state: EnvironmentState, standing: Standing): readonly StandingCondition[] {
  const { generation, told } = standing;
  const seen = seenConditions(state, standing).map(([condition, status, reason, message, since = null]) => {
    const watched = told?.find((one) => one.environment === state.name && one.condition === condition && one.status === status);
    return { condition, status, reason, message, since: since ?? watched?.since ?? null, generation };
  });
  return [...seen, toldOnly("Degraded", state.name, standing), toldOnly("Flapping", state.name, standing)];
}

/** What stands of the project as a whole: only a watch knows it. */
export function projectConditions(project: string, standing: Pick<Standing, "told" | "generation">): readonly StandingCondition[] {
  return [toldOnly("ManifestInvalid", null, standing), toldOnly("Degraded", project, standing)];
}

type SeenCondition = readonly [ConditionName, boolean, reason: string, message: string, since?: string | null];

function seenConditions(state: EnvironmentState, { booted, pause, ended, applied }: Standing): readonly SeenCondition[] {
  const { startSeconds } = state;
  const started = startSeconds === undefined ? null : new Date(booted + startSeconds * 1000).toISOString();
  const running = runningCondition(state, { started, ended });
  const synced = syncedCondition(state);
  return [
    running,
    synced,
    driftedCondition(state, applied),
    healthyCondition(state, { running, synced }),
    pause === null ? ["Paused", false, "NotAsked", "it is not paused"] : ["Paused", true, "Asked", pauseMessage(pause), pause.since],
  ];
}

function runningCondition(
  { state, pid, failure = "" }: EnvironmentState,
  { started, ended }: { readonly started: string | null; readonly ended: string | null },
): SeenCondition {
  switch (state) {
    case "running":
      return ["Running", true, "Running", `its first process is ${pid}`, started];
    case "orphan":
      return ["Running", true, "NotInManifest", `its first process is ${pid}; it is not in the manifest`, started];
    case "transient":
      return [
        "Running",
        true,
        "Transient",
        `its first process is ${pid}; it stands as long as the command that was started with run`,
        started,
      ];
    case "inactive":
      return ["Running", true, "NotActive", `its first process is ${pid}; none of its profiles is active`, started];
    case "unfinished":
      return ["Running", false, "Unfinished", "its start was cut"];
    case "failed":
      return ["Running", false, "StartFailed", `its start failed, and was kept: ${failure || "why is not known"}`];
    case "absent":
      return ["Running", false, "NotRunning", "it has no first process", ended];
  }
}

function syncedCondition({ state, drifted, pending }: EnvironmentState): SeenCondition {
  if (state !== "running") return ["Synced", false, "NotRunning", "it does not run as the manifest says"];
  if (drifted.length > 0) return ["Synced", false, "Drifted", `it is not as it was applied in ${counted(drifted)}`];
  if (pending.length > 0) return ["Synced", false, "Edited", `the manifest wants it otherwise in ${counted(pending)}`];
  return ["Synced", true, "AsWanted", "it is as wanted"];
}

function driftedCondition({ state, drifted, ignored = [] }: EnvironmentState, applied: boolean): SeenCondition {
  if (state === "absent" && applied) return ["Drifted", true, "NotRunning", "it was applied, and does not run"];
  if (drifted.length > 0) return ["Drifted", true, "Drifted", `it is not as it was applied in ${counted(drifted)}`];
  if (ignored.length > 0) return ["Drifted", false, "Ignored", `what has drifted is ignored: ${counted(ignored)}`];
  return ["Drifted", false, "AsApplied", "nothing has drifted"];
}

function healthyCondition(
  { processes }: EnvironmentState,
  { running, synced }: { readonly running: SeenCondition; readonly synced: SeenCondition },
): SeenCondition {
  if (!running[1]) return ["Healthy", false, running[2], running[3], running[4] ?? null];
  const ended = Object.entries(processes).flatMap(([name, { type }]) => (type === "exited" ? [name] : []));
  if (ended.length > 0) return ["Healthy", false, "ProcessEnded", `killed, could not be run, or given up: ${ended.join(", ")}`];
  const looping = Object.entries(processes).flatMap(([name, { type }]) => (type === "restarting" ? [name] : []));
  if (looping.length > 0) return ["Healthy", false, "Restarting", `ended, and about to be started anew: ${looping.join(", ")}`];
  if (!synced[1]) return ["Healthy", false, "NotSynced", synced[3]];
  return ["Healthy", true, "AsWanted", "it runs, and is as wanted"];
}

function toldOnly(
  condition: ConditionName,
  of: string | null,
  { told, generation }: Pick<Standing, "told" | "generation">,
): StandingCondition {
  if (told === null)
    return { condition, status: null, reason: "NoWatch", message: "only a watch knows, and none runs", since: null, generation };
  const about = told.filter(({ environment }) => environment === of || (of !== null && environment !== null && within(of, environment)));
  const own = about.filter((one) => one.condition === condition);
  const standing = own.filter(({ status }) => status === true);
  const [first] = standing;
  const last = own.at(-1);
  if (first === undefined)
    return { condition, status: false, reason: "AsWanted", message: "it is not so", since: last?.since ?? null, generation };
  const { reason, since } = first;
  const messages = standing.map(({ environment, message }) => (environment === of ? message : `${environment}: ${message}`));
  return { condition, status: true, reason, message: messages.join("; "), since, generation: first.generation };
}

/** `web.hostname`, `3 places`: one is named, more are counted. */
function counted(addresses: readonly string[]): string {
  return addresses.length === 1 ? (addresses[0] ?? "") : `${addresses.length} places`;
}
