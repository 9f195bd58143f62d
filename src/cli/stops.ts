import type { Intents } from "../host/intents.ts";
import type { Stopped } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import { underNewNames } from "./renamed-intents.ts";

type Environments = Manifest["environments"];

/** Which processes are to stay ended, and what is to be told of files that are not believed. Those of an environment that the manifest renames are its own. */
export function stoppedNow(
  intents: Intents,
  environments: Environments,
): { readonly stopped: ReadonlyMap<string, Stopped>; readonly warnings: readonly Diagnostic[] } {
  const { stopped: written, damaged } = intents.stopped();
  const warnings = damaged.map(
    (message): Diagnostic => ({
      code: "record/damaged",
      severity: "warning",
      message: `which processes are stopped is not known: ${message}`,
      hint: "they count as not stopped; stop them again",
    }),
  );
  return { stopped: underNewNames(written, environments), warnings };
}

/** Writes those of environments that were renamed under their new names. Throws `record/not-written`. */
export function moveStops(intents: Intents, environments: Environments): void {
  const { stopped: written } = intents.stopped();
  const renamed = [...environments.values()].filter(({ name, moved_from: former }) => written.has(former ?? "") && !written.has(name));
  const { stopped } = stoppedNow(intents, environments);
  for (const { name, moved_from: former } of renamed) {
    const own = stopped.get(name);
    if (own !== undefined) intents.stop(own);
    intents.stop({ environment: former ?? "", processes: {} });
  }
}

/** Has processes of an environment stay ended from now on; those that do already do so since then. Throws `record/not-written`. */
export function stopProcesses(intents: Intents, environment: string, names: readonly string[]): void {
  const since = new Date().toISOString();
  const before = intents.stopped().stopped.get(environment)?.processes ?? {};
  intents.stop({ environment, processes: { ...Object.fromEntries(names.map((name) => [name, since])), ...before } });
}

/** Lets processes of an environment run again; null: all of them. */
export function liftStops(intents: Intents, environment: string, names: readonly string[] | null): void {
  const before = intents.stopped().stopped.get(environment);
  if (before === undefined) return;
  const kept = Object.entries(before.processes).filter(([name]) => names !== null && !names.includes(name));
  intents.stop({ environment, processes: Object.fromEntries(kept) });
}
