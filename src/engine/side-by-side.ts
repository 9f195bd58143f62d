import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Step } from "../model/step.ts";

/** Changes of a group that follow each other, or that wait for others side by side. */
export interface Stage {
  readonly how: "in-turn" | "side-by-side";
  readonly changes: readonly Change[];
}

/** The changes of a group, in order, parted where some begin to wait. */
export function stagesOf(changes: readonly Change[]): readonly Stage[] {
  const stages: { how: Stage["how"]; changes: Change[] }[] = [];
  for (const change of changes) {
    const how = change.after === undefined ? "in-turn" : "side-by-side";
    const last = stages.at(-1);
    if (last?.how === how) last.changes.push(change);
    else stages.push({ how, changes: [change] });
  }
  return stages;
}

/** Changes that follow each other: those that do not need all before them, each by itself, and what lies between them. */
export function turnsOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const turns: Change[][] = [];
  for (const change of changes) {
    const last = turns.at(-1);
    if (last !== undefined && change.needs === undefined && last[0]?.needs === undefined) last.push(change);
    else turns.push([change]);
  }
  return turns;
}

/**
 * Each change begins to wait when those are done that it comes after, for all that it waits for at once; what is then to be done is done one after another. `act` never
 * rejects, and does nothing once it is not to go on.
 */
export async function sideBySide(changes: readonly Change[], act: (steps: readonly Step[]) => Promise<void>): Promise<void> {
  const done = new Map<Address, Promise<void>>();
  let turn = Promise.resolve();
  const carryOut = async ({ after = [], steps }: Change) => {
    await Promise.all(after.map((address) => done.get(address)));
    await Promise.all(steps.filter(isWait).map((step) => act([step])));
    turn = turn.then(() => act(steps.filter((step) => !isWait(step))));
    await turn;
  };
  for (const change of changes) done.set(change.address, carryOut(change));
  await Promise.all(done.values());
}

/** Whether a step only waits for what others do. */
export function isWait(step: Step): boolean {
  return step.type === "run" && step.waits === true;
}
