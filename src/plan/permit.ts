import type { Change } from "../model/change.ts";
import type { Plan } from "../model/plan.ts";
import { holdBack } from "./hold-back.ts";
import type { Guard } from "./protect.ts";
import { refusalsOf } from "./protect.ts";

/** What of a plan may be done. */
export interface Permission {
  /** What is left out, and shown as held. */
  readonly hold: (change: Change) => boolean;
  readonly guard: Guard;
}

/** A plan without what is held back, with that, and with why it may not be carried out at all. */
export function permit(plan: Plan, { hold, guard }: Permission): Plan {
  const { plan: kept, held } = holdBack(plan, hold);
  const refused = refusalsOf(kept.changes, guard).flatMap(({ diagnostics }) => diagnostics);
  return { ...kept, held: [...(plan.held ?? []), ...held], refused };
}
