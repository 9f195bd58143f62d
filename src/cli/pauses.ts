import { discover } from "../host/discover.ts";
import type { Intents } from "../host/intents.ts";
import { intentsAt } from "../host/intents.ts";
import { isLocked, takeLock } from "../host/lock.ts";
import { assertOwned } from "../host/owned.ts";
import type { Pause } from "../model/condition.ts";
import { pauseMessage } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import { durationMs } from "./flags.ts";
import { loadManifest } from "./load-manifest.ts";
import { selectEnvironments } from "./operands.ts";
import { leaveProject, lockPath } from "./project-places.ts";
import { underNewNames } from "./renamed-intents.ts";
import { requireRoot } from "./require-root.ts";

type Environments = Manifest["environments"];

/** The pauses that hold now, and what is to be told of files that are not believed. One of an environment that the manifest renames holds for its new name. */
export function pausesNow(
  intents: Intents,
  environments: Environments,
): { readonly pauses: ReadonlyMap<string, Pause>; readonly warnings: readonly Diagnostic[] } {
  const { pauses: written, damaged } = intents.pauses(Date.now());
  const warnings = damaged.map(
    (message): Diagnostic => ({
      code: "record/damaged",
      severity: "warning",
      message: `whether an environment is paused is not known: ${message}`,
      hint: "it counts as not paused; pause it again, or resume it",
    }),
  );
  return { pauses: underNewNames(written, environments), warnings };
}

/** Writes the pauses of environments that were renamed under their new names. Throws `record/not-written`. */
export function movePauses(intents: Intents, environments: Environments): void {
  const written = new Set(intents.names());
  const renamed = [...environments.values()].filter(({ moved_from: former }) => former !== null && written.has(former));
  if (renamed.length === 0) return;
  const { pauses } = pausesNow(intents, environments);
  for (const { name, moved_from: former } of renamed) {
    const pause = pauses.get(name);
    if (pause !== undefined && !written.has(name)) intents.pause(pause);
    if (former !== null) intents.resume(former);
  }
}

/** What somebody who applies to these environments is told of their pauses. */
export function pauseWarnings(intents: Intents, environments: Environments, names: readonly string[]): readonly Diagnostic[] {
  const { pauses, warnings } = pausesNow(intents, environments);
  const paused = names.flatMap((name): readonly Diagnostic[] => {
    const pause = pauses.get(name);
    if (pause === undefined) return [];
    const message = `${name} is ${pauseMessage(pause)}; an apply changes it all the same, and the pause stays`;
    return [{ code: "engine/paused", severity: "warning", message, hint: `cloister resume ${name} ends it` }];
  });
  return [...warnings, ...paused];
}

/** What became of pauses. */
export interface Paused {
  readonly project: string;
  /** Those that hold now. */
  readonly pauses: readonly Pause[];
  /** Whose pauses were ended. */
  readonly resumed: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

/** Has a watch leave environments alone, all of the manifest where none is named; returns when what was being changed is. Throws `record/not-written`. */
export async function pauseEnvironments(context: Context, { reason, until }: Pick<Pause, "reason" | "until">): Promise<Paused> {
  const opened = openIntents(context);
  const { project, intents, select, directories } = opened;
  const since = new Date().toISOString();
  for (const environment of select(context.operands)) intents.pause({ environment, reason, since, until });
  const path = lockPath(directories, project);
  const warnings: Diagnostic[] = [];
  try {
    // What a watch has begun before it could see the pause is over then.
    if (isLocked(path)) {
      const timeoutMs = Math.max(context.settings.lockTimeoutMs, patienceMs);
      await leaveProject(directories, project, await takeLock({ path, verb: "pause", timeoutMs }));
    }
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    for (const one of error.diagnostics)
      warnings.push({ ...one, severity: "warning", message: `${one.message}: it ends what it has begun` });
  }
  return { ...held(opened), resumed: [], warnings };
}

/** A change in place is over by then, in ms. */
const patienceMs = 2_000;

/** Ends pauses, all of the project where no environment is named. */
export function resumeEnvironments(context: Context): Paused {
  const opened = openIntents(context);
  const { intents, select, environments } = opened;
  movePauses(intents, environments);
  const known = intents.names();
  const resumed = context.operands.length === 0 ? known : [...new Set(context.operands)];
  // Of one that is gone there may be a pause still.
  const others = resumed.filter((name) => !known.includes(name));
  if (others.length > 0) select(others);
  for (const name of resumed) intents.resume(name);
  return { ...held(opened), resumed: resumed.filter((name) => known.includes(name)) };
}

function held({ project, intents, environments }: Opened): Omit<Paused, "resumed"> {
  const { pauses, warnings } = pausesNow(intents, environments);
  return { project, pauses: [...pauses.values()], warnings };
}

type Opened = ReturnType<typeof openIntents>;

function openIntents(context: Context) {
  requireRoot();
  const { project, environments } = loadManifest({ ...context, exists: () => true });
  const directories = directoriesOf(context.settings);
  for (const directory of [directories.state, directories.run]) assertOwned(directory);
  const select = (names: readonly string[]) => {
    const running = discover(project, [], { run: `${directories.run}/${project}` }).flatMap(({ name, keeper }) =>
      keeper === null ? [] : [name],
    );
    return names.length === 0 ? [...environments.keys()] : selectEnvironments(names, [...new Set([...environments.keys(), ...running])]);
  };
  return { project, environments, directories, select, intents: intentsAt(`${directories.state}/${project}`) };
}

/** The moment that `--until` names: a length of time from `now` (milliseconds since 1970), or a date; throws `usage/invalid-value`. */
export function untilDate(text: string, now: number): string {
  const dated = /^\d{4}-\d\d-\d\d/.test(text);
  const until = dated ? Date.parse(text) : now + durationMs("until", text);
  if (until > now && until < 8.64e15) return new Date(until).toISOString();
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `--until is "${text}", which is ${Number.isNaN(until) ? "no time" : "not in the future"}`,
    hint: "write a length of time (30m, 2h) or a date (2026-12-24T18:00:00Z)",
  });
}
