import * as reconcile from "../engine/reconcile.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { restarts } from "../plan/ending.ts";
import type { Sight } from "../plan/grounds.ts";
import { permit } from "../plan/permit.ts";
import type { Guard } from "../plan/protect.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { refuseStale } from "./saved-plan.ts";

/** How plans are judged: what protects environments, and what is told with each. */
export interface Judging {
  readonly guard: Guard;
  readonly warnings?: readonly Diagnostic[];
}

const nothing = () => false;

/** What is to be done by a request, without what it holds, and whether that may be done. */
export async function makePermitted<Shared>(
  engine: reconcile.Engine<Shared>,
  request: reconcile.Request,
  { guard, warnings = [] }: Judging,
): Promise<reconcile.Planned> {
  const planned = await reconcile.plan(engine, request);
  const plan = permit(planned.plan, { hold: request.hold ?? nothing, guard });
  return { ...planned, plan: { ...plan, warnings: [...warnings, ...plan.warnings] } };
}

/** What of a saved plan is to be done, which is all of it. Throws `plan/stale`. What it held when it was made is held still, because it was not applied. */
export async function makeSaved<Shared>(
  engine: reconcile.Engine<Shared>,
  request: reconcile.Request,
  { guard, saved }: Judging & { readonly saved: SavedPlan },
): Promise<reconcile.Planned> {
  const planned = await reconcile.plan(engine, request);
  refuseStale(saved, planned.plan, sightOf(engine, planned));
  const held = saved.no_restart ? planned.plan.changes.filter((change) => restarts(change) && request.hold?.(change) === true) : [];
  return { ...planned, plan: { ...permit(planned.plan, { hold: request.hold ?? nothing, guard }), held } };
}

/** What a plan was made from, as its grounds are found in it. */
export function sightOf<Shared>({ kinds }: reconcile.Engine<Shared>, { targets }: reconcile.Planned): Sight<Shared> {
  return { targets, resources: kinds.resources, shared: kinds.shared };
}
