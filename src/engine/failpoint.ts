import { setImmediate as turn } from "node:timers/promises";
import { CloisterError } from "../model/diagnostic.ts";
import type { Group } from "../model/plan.ts";
import type { Step } from "../model/step.ts";

/** Where a run can be made to go wrong: at one of its steps, at the project's lock, or at the note of what was applied. */
export type Place = Step | "lock" | "note";

/** Goes wrong where that was asked for, and does nothing anywhere else. */
export type Failpoint = (when: "before" | "after", place: Place) => Promise<void>;

/** The failpoint of a run that has none. */
export const noFailpoint: Failpoint = () => Promise.resolve();

const pattern = /^(kill|stop|error):(before|after):(lock|note|[1-9]\d{0,5})$/;

/**
 * What the variable `CLOISTER_FAILPOINT` asks for, for tests: `kill`, `stop` or `error`, before or after a place, as `kill:after:7`. Steps are counted
 * from 1 over all groups in the order of the plan; those that are carried out together all begin when the first and end when the last does.
 */
export function failpointOf(groups: readonly Group[]): Failpoint {
  const { CLOISTER_FAILPOINT: asked } = process.env;
  if (asked === undefined) return noFailpoint;
  const [, how, wanted, at = ""] = pattern.exec(asked) ?? [];
  if (how === undefined) throw malformed(asked);
  const steps = groups.flatMap(({ changes }) => changes.flatMap((change) => change.steps));
  const place = at === "lock" || at === "note" ? at : steps[Number(at) - 1];
  return async (when, reached) => {
    if (when === wanted && reached === place) await goWrong(how, asked);
  };
}

async function goWrong(how: string, asked: string): Promise<void> {
  if (how === "error") {
    const message = "it was made to fail here";
    throw new CloisterError({ code: "engine/step-failed", severity: "error", message, hint: `CLOISTER_FAILPOINT is ${asked}` });
  }
  process.kill(process.pid, how === "kill" ? "SIGKILL" : "SIGSTOP");
  // What was sent to a stopped process is handled when the loop has come round.
  await turn();
  await turn();
}

function malformed(asked: string): CloisterError {
  const message = `CLOISTER_FAILPOINT is "${asked}"`;
  return new CloisterError({ code: "usage/invalid-value", severity: "error", message, hint: "HOW:before|after:N|lock|note" });
}
