import type { Change } from "../model/change.ts";

/** Why an environment of which only a start is left is made anew: nothing of it lives that could end. */
export const unfinishedStart = "unfinished start";

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
