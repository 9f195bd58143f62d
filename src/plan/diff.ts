import { child } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Place } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import type { Keeper, LiveUpdate, Resource, Scope } from "../model/resource.ts";
import type { Ordered } from "./order.ts";

/** One scope with everything that was read for it. */
export interface Observed {
  readonly scope: Scope;
  readonly facts: Facts;
  readonly origins: ReadonlyMap<string, Place>;
}

/** A change together with what must come before it, and whether it belongs to the transaction of a start. */
export interface OrderedChange extends Ordered {
  readonly change: Change;
  readonly stage: "assembly" | "running";
  /** The target of a mount that comes or goes by it, null for anything else: what lies below goes with it. */
  readonly covers: string | null;
  /** Where nothing of it was seen, in the kernel's words; absent where something was, or where its kind does not say. */
  readonly absence?: string;
}

/** want x have of one kind in a running environment: what to make, mend and remove, nothing where both sides agree. */
export function diffResource<Want, Have>(resource: Resource<Want, Have>, observed: Observed): readonly OrderedChange[] {
  const { scope, facts } = observed;
  const want = wanted(resource, observed);
  const have = scope.keeper === null ? new Map<string, Have>() : resource.have({ ...scope, keeper: scope.keeper }, facts);
  const changes: OrderedChange[] = [];
  for (const [key, value] of want) {
    const found = have.get(key);
    const change =
      found === undefined
        ? missing(resource, observed, { key, want: value })
        : updated(resource, observed, { key, want: value, have: found });
    if (change !== null) changes.push(change);
  }
  const gone = [...have].filter(([key]) => !want.has(key)).reverse();
  for (const [key, value] of gone) {
    const change = removed(resource, observed, { key, have: value });
    if (change.change.steps.length > 0) changes.push(change);
  }
  return changes;
}

/** Everything of one kind, to be made from nothing. */
export function createResource<Want, Have>(resource: Resource<Want, Have>, observed: Observed): readonly OrderedChange[] {
  return [...wanted(resource, observed)].map(([key, want]) => created(resource, observed, { key, want }));
}

/** The steps that end what runs of one kind; for kinds that go with the namespaces there are none but the namespaces' own. */
export function removeResource<Want, Have>(resource: Resource<Want, Have>, observed: Observed): readonly OrderedChange[] {
  const { scope, facts } = observed;
  if (scope.keeper === null) return [];
  return [...resource.have({ ...scope, keeper: scope.keeper }, facts)].map(([key, have]) => removed(resource, observed, { key, have }));
}

/** What the manifest wants of one kind; nothing of an orphan. */
export function wanted<Want, Have>(resource: Resource<Want, Have>, { scope, facts }: Observed): ReadonlyMap<string, Want> {
  return hasEnvironment(scope) ? resource.want(scope, facts) : new Map<string, Want>();
}

function hasEnvironment(scope: Scope): scope is Scope & { readonly environment: Environment } {
  return scope.environment !== null;
}

/** How one instance is made that is not there, and where it was looked for. */
function missing<Want, Have>(
  resource: Resource<Want, Have>,
  observed: Observed,
  instance: { readonly key: string; readonly want: Want },
): OrderedChange {
  const absence = seen(resource, observed, { key: instance.key, field: "" });
  return { ...created(resource, observed, instance), ...(absence === undefined ? {} : { absence }) };
}

/** How one instance is made. */
export function created<Want, Have>(
  resource: Resource<Want, Have>,
  observed: Observed,
  { key, want }: { readonly key: string; readonly want: Want },
): OrderedChange {
  const { scope, facts } = observed;
  const steps = resource.create({ scope, key, want, facts });
  const needs = resource.needs(scope, key, want);
  const hazard = resource.hazard?.({ scope, key, want, facts }) ?? null;
  return framed(resource, observed, {
    ...(hazard === null ? {} : { hazard }),
    key,
    action: "create",
    description: resource.describe(want),
    needs,
    liveUpdate: "in-place",
    differences: [],
    steps,
  });
}

/** How one instance is taken away. */
export function removed<Want, Have>(
  resource: Resource<Want, Have>,
  observed: Observed,
  { key, have }: { readonly key: string; readonly have: Have },
): OrderedChange {
  const { scope, facts } = observed;
  const steps = resource.remove({ scope, key, have, facts });
  const evidence = resource.evidence?.(have) ?? seen(resource, observed, { key, field: "" });
  const description = resource.describe(have);
  return framed(resource, observed, {
    key,
    action: "destroy",
    description,
    needs: resource.endsAfter?.(scope, key) ?? [],
    liveUpdate: "in-place",
    differences: evidence === undefined ? [] : [{ field: "", want: "nothing", have: description, evidence }],
    steps,
  });
}

function seen<Want, Have>(
  resource: Resource<Want, Have>,
  { scope, facts }: Observed,
  at: { readonly key: string; readonly field: string },
): string | undefined {
  return resource.seen?.({ scope, facts, ...at });
}

interface Both<Want, Have> {
  readonly key: string;
  readonly want: Want;
  readonly have: Have;
}

function updated<Want, Have>(
  resource: Resource<Want, Have>,
  observed: Observed,
  { key, want, have }: Both<Want, Have>,
): OrderedChange | null {
  const { scope, facts } = observed;
  const compared = resource.compare(want, have);
  if (compared.length === 0) return null;
  const differences = compared.map((one) => {
    const evidence = one.evidence ?? seen(resource, observed, { key, field: one.field });
    return evidence === undefined ? one : { ...one, evidence };
  });
  const update = resource.update({ scope, key, want, have, facts });
  const hazard = resource.hazard?.({ scope, key, want, facts }) ?? null;
  const frame = {
    ...(hazard === null ? {} : { hazard }),
    ...{ key, description: resource.describe(want), needs: resource.needs(scope, key, want), differences },
  };
  if (typeof update !== "string" && "gap" in update)
    return framed(resource, observed, { ...frame, action: "update", liveUpdate: "in-place", ...update });
  if (typeof update !== "string") {
    return { ...framed(resource, observed, { ...frame, action: "update", liveUpdate: "in-place", steps: update }), covers: null };
  }
  const anew = () => [...resource.remove({ scope, key, have, facts }), ...resource.create({ scope, key, want, facts })];
  const gap: Pick<Change, "gap"> = resource.mounted === true ? { gap: "short" } : {};
  if (update === "replace")
    return framed(resource, observed, { ...frame, action: "update", liveUpdate: "in-place", steps: anew(), ...gap });
  if (update === "restart-process") return framed(resource, observed, { ...frame, action: update, liveUpdate: update, steps: anew() });
  return framed(resource, observed, { ...frame, action: "recreate", liveUpdate: update, steps: [] });
}

interface Frame extends Pick<Change, "action" | "description" | "differences" | "steps" | "gap" | "hazard"> {
  readonly key: string;
  readonly needs: readonly string[];
  readonly liveUpdate: LiveUpdate;
}

function framed<Want, Have>(resource: Resource<Want, Have>, { scope, origins }: Observed, frame: Frame): OrderedChange {
  const { key, needs, ...rest } = frame;
  const address = `${scope.name}.${resource.path(key, scope)}`;
  const because = origin(origins, address, frame.differences[0]?.field);
  const pids = frame.action === "restart-process" ? signalled(frame.steps) : [];
  const change: Change = {
    address,
    environment: scope.name,
    resource: resource.name,
    ...rest,
    pids,
    ...(because === undefined ? {} : { because }),
    ...(resource.mounted === true || resource.placed === true ? { target: key } : {}),
  };
  return { address, needs, change, stage: resource.stage, covers: resource.mounted === true ? key : null };
}

function signalled(steps: Change["steps"]): readonly number[] {
  return steps.flatMap((step) => (step.type === "signal" ? [step.pid] : []));
}

/** Where the manifest says it: the field, else the instance, else the environment that has it by default. */
function origin(origins: ReadonlyMap<string, Place>, address: string, field: string | undefined): Place | undefined {
  const own = field === undefined || field === "" ? undefined : origins.get(child(address, field));
  return own ?? origins.get(address);
}

/** Whether a keeper is one that stands: anything else is a remnant of an unfinished start. */
export function stands(keeper: Keeper | null): boolean {
  return keeper?.assembled === true;
}
