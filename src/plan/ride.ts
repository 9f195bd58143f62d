import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import type { Resource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { Observed, OrderedChange } from "./diff.ts";
import { created, removed, wanted } from "./diff.ts";

/** What lies on a mount that comes or goes: how it is taken away before that, and how it is made anew after it (null where it goes for good, or has a change of its own). */
export interface Rider {
  readonly below: OrderedChange;
  readonly removal: readonly Step[];
  readonly again: OrderedChange | null;
}

/** The instances of one kind that lie below these changes' mounts; [] for what is neither a mount nor lies on one. */
export function ridersOf<Want, Have>(
  resource: Resource<Want, Have>,
  observed: Observed,
  covering: readonly OrderedChange[],
): readonly Rider[] {
  const { scope, facts } = observed;
  const mounted = resource.mounted === true;
  if (covering.length === 0 || (!mounted && resource.placed !== true) || scope.keeper === null) return [];
  const want = wanted(resource, observed);
  const own = new Set(covering.map(({ change }) => change.address));
  return [...resource.have({ ...scope, keeper: scope.keeper }, facts)].flatMap(([key, have]) => {
    // The outermost: it goes first, with everything on it.
    const below = covering.filter(({ covers }) => covers !== null && liesBelow(covers, key)).sort((a, b) => depth(a) - depth(b))[0];
    if (below === undefined) return [];
    const again = want.get(key);
    // What only lies there need not go before its mount does.
    const removal = mounted || again === undefined ? removed(resource, observed, { key, have }).change.steps : [];
    if (again === undefined) return [{ below, removal, again: null }];
    const anew = created(resource, observed, { key, want: again });
    return [{ below, removal, again: own.has(anew.change.address) ? null : riding(anew, below.change.address) }];
  });
}

/** The changes with their riders: each is removed with the first step of what it lies on, and made anew behind it. */
export function withRiders(changes: readonly OrderedChange[], riders: readonly Rider[]): readonly OrderedChange[] {
  const again = riders.flatMap((rider) => rider.again ?? []);
  const anew = new Set(again.map(({ address }) => address));
  const own = changes.filter(({ address }) => !anew.has(address)).map((one) => clearedFirst(one, riders));
  const all = [...own, ...again];
  const covering = all.filter(({ covers }) => covers !== null);
  return all.map((one) => ({ ...one, needs: [...one.needs, ...above(one, covering)] }));
}

function riding(anew: OrderedChange, above: Address): OrderedChange {
  const gap: Pick<Change, "gap"> = anew.covers === null ? {} : { gap: "short" };
  return { ...anew, needs: [...anew.needs, above], change: { ...anew.change, action: "update", reason: `lies on ${above}`, ...gap } };
}

function clearedFirst(one: OrderedChange, riders: readonly Rider[]): OrderedChange {
  const on = riders.filter(({ below }) => below.address === one.address);
  const removal = on.reverse().flatMap((rider) => rider.removal);
  return removal.length === 0 ? one : { ...one, change: { ...one.change, steps: [...removal, ...one.change.steps] } };
}

/** What must be done with before something is made below it: what is taken away there no less than what is made; and what is taken away at its own place. */
function above({ address, covers, change }: OrderedChange, covering: readonly OrderedChange[]): readonly Address[] {
  if (covers === null || change.action === "destroy") return [];
  const gone = (other: OrderedChange) => other.covers === covers && other.address !== address && other.change.action === "destroy";
  return covering
    .filter((other) => gone(other) || (other.covers !== null && liesBelow(other.covers, covers)))
    .map((other) => other.address);
}

function liesBelow(directory: string, path: string): boolean {
  return path.startsWith(`${directory}/`);
}

function depth({ covers }: OrderedChange): number {
  return (covers ?? "").length;
}
