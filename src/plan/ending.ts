import type { Address } from "../model/address.ts";
import { within } from "../model/address.ts";
import type { Change } from "../model/change.ts";

/** Why an environment of which only a start is left is made anew: nothing of it lives that could end. */
export const unfinishedStart = "unfinished start";

/** Why one that was kept half made is made anew: only who may end an environment may end that. */
export const keptStart = "its start failed, and was kept";

/** What lives and ends by a change: an environment with everything in it, one of its processes, or nothing. */
export type Ending = "environment" | "process" | null;

/** What ends by a change. A process that is dead already is started anew without an end. */
export function endingOf({ action, address, environment, reason, pids, steps }: Change): Ending {
  switch (action) {
    case "recreate":
      return reason === unfinishedStart ? null : "environment";
    case "destroy":
      return address === environment ? "environment" : steps.some(({ type }) => type === "signal") ? "process" : null;
    case "restart-process":
      return pids.length > 0 ? "process" : null;
    case "create":
    case "update":
      return null;
  }
}

/** Whether it takes an end to be made again: what `--no-restart` leaves. What was asked to be ended for good is no restart. */
export function restarts(change: Change): boolean {
  const ending = endingOf(change);
  return ending === "process" || (ending === "environment" && change.action === "recreate");
}

/** What is not as wanted in an environment that runs: where it takes a start anew, what forces that, and not everything that follows. */
export function outOfOrder(name: string, changes: readonly Change[]): readonly Address[] {
  const whole = changes.find((change) => change.address === name);
  if (whole === undefined) return changes.map(({ address }) => address);
  const fields = whole.differences.map(({ field }) => `${name}.${field}`);
  const forcing = changes.filter(({ address }) => address !== name && fields.some((field) => within(address, field)));
  return forcing.length === 0 ? [name] : forcing.map(({ address }) => address);
}
