import type { Engine, Planned, Request } from "../engine/planned.ts";
import { planProject } from "../engine/planned.ts";
import { restarts } from "../plan/ending.ts";
import type { Sight } from "../plan/grounds.ts";
import { permit } from "../plan/permit.ts";
import type { Guard } from "../plan/protect.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { refuseStale } from "./saved-plan.ts";

const nothing = () => false;

/** What is to be done by a request, without what it holds, and whether that may be done. */
export async function makePermitted<Shared>(engine: Engine<Shared>, request: Request, guard: Guard): Promise<Planned> {
  const planned = await planProject(engine, request);
  return { ...planned, plan: permit(planned.plan, { hold: request.hold ?? nothing, guard }) };
}

/** What of a saved plan is to be done, which is all of it. Throws `plan/stale`. What it held when it was made is held still, because it was not applied. */
export async function makeSaved<Shared>(
  engine: Engine<Shared>,
  request: Request,
  { guard, saved }: { readonly guard: Guard; readonly saved: SavedPlan },
): Promise<Planned> {
  const planned = await planProject(engine, request);
  refuseStale(saved, planned.plan, sightOf(engine, planned));
  const held = saved.no_restart ? planned.plan.changes.filter((change) => restarts(change) && request.hold?.(change) === true) : [];
  return { ...planned, plan: { ...permit(planned.plan, { hold: request.hold ?? nothing, guard }), held } };
}

/** What a plan was made from, as its grounds are found in it. */
export function sightOf<Shared>({ kinds }: Engine<Shared>, { targets }: Planned): Sight<Shared> {
  return { targets, resources: kinds.resources, shared: kinds.shared };
}
