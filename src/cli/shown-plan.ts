import type { Change } from "../model/change.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";

/** The same plan, in which processes get no time to stop. */
export function withoutGrace(plan: Plan): Plan {
  const hurried = (change: Change): Change => ({
    ...change,
    steps: change.steps.map((step) => (step.type === "signal" ? { ...step, signal: "SIGKILL", graceMs: 0 } : step)),
  });
  return {
    ...plan,
    changes: plan.changes.map(hurried),
    groups: plan.groups.map((group) => ({ ...group, changes: group.changes.map(hurried) })),
  };
}

/** Throws `plan/protected`, with everything that a lifecycle forbids of a plan. */
export function refuseProtected({ refused = [] }: Plan): void {
  if (refused.length > 0) throw new CloisterError(refused);
}

/** What was not shown may be done only where nothing ends by it. Throws `engine/plan-changed`. */
export function refuseUnseen(shown: Plan, now: Plan): void {
  const seen = new Set(shown.changes.map(({ action, address }) => `${action} ${address}`));
  const unseen = now.changes.find(
    ({ action, address }) =>
      (action === "recreate" || action === "destroy" || action === "restart-process") && !seen.has(`${action} ${address}`),
  );
  if (unseen === undefined) return;
  throw new CloisterError({
    code: "engine/plan-changed",
    severity: "error",
    message: `meanwhile ${unseen.address} changed: it would now be ${unseen.action}, which was not shown`,
    hint: "look at the plan again",
  });
}
