import type { Change } from "../../model/change.ts";
import { isBlocked } from "../../plan/busy.ts";
import type { Unsynced } from "./conditions.ts";
import type { Look } from "./watched.ts";

/** The environments that are not as wanted, each with everything of it and why it is not. */
export interface Unlike {
  readonly name: string;
  readonly done: readonly Change[];
  readonly kept: readonly Change[];
  readonly warned: readonly Change[];
}

/** What of a look is of each environment (or project-wide thing) that is not as wanted. */
export function unlikeOf(look: Look): readonly Unlike[] {
  const warned = warnedOf(look);
  const names = new Set([...look.plan.changes, ...look.held, ...warned].map(ownerOf));
  return [...names].map((name) => {
    const of = (changes: readonly Change[]) => changes.filter((change) => ownerOf(change) === name);
    return { name, done: of(look.plan.changes), kept: of(look.held), warned: of(warned) };
  });
}

/** The environment of a change, or what else it is of. */
export function ownerOf({ environment, address }: Change): string {
  return environment ?? address;
}

/** What has drifted and is only to be told. */
export function warnedOf({ plan }: Look): readonly Change[] {
  return (plan.left ?? []).filter(({ policy }) => policy === "warn").map(({ change }) => change);
}

/** Why changes are held back. */
export function whyHeld(kept: readonly Change[], rests: (change: Change) => boolean): Unsynced {
  const active = kept.filter((change) => !rests(change) && !isBlocked(change));
  if (active.length > 0) return active.every(({ hazard }) => hazard !== undefined) ? "Refused" : "NeedsRestart";
  return kept.some(isBlocked) ? "InUse" : "KeepsBreaking";
}

/** What is known of where changes come from goes before what is likely. */
export function causeOf(changes: readonly Change[], edited: boolean): Unsynced {
  if (changes.length === 0) return "Warned";
  if (changes.some(({ origin }) => origin === "pending")) return "Edited";
  return changes.every(({ origin }) => origin === "drift") || !edited ? "Drifted" : "Edited";
}

/** Whether something that runs ends by it. A process that is dead already is started anew without a question; so is one whose manifest asks for it when something changes. */
export function ends({ action, pids, address, environment, follows }: Change): boolean {
  if (follows !== undefined) return false;
  if (action === "recreate") return true;
  return (action === "destroy" || action === "restart-process") && (pids.length > 0 || address === environment);
}

/** What a repair is counted by: each address; of a start, the environment. */
export function repaired(changes: readonly Change[]): readonly string[] {
  const started = new Set(
    changes.flatMap(({ steps, environment }) => (steps.some(({ type }) => type === "hold") ? (environment ?? []) : [])),
  );
  const addresses = changes.filter(({ environment }) => environment === null || !started.has(environment)).map(({ address }) => address);
  return [...started, ...addresses];
}
