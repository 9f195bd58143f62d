import type { Address } from "../model/address.ts";
import { within } from "../model/address.ts";
import { CloisterError } from "../model/diagnostic.ts";

/** Something with an address and the addresses that must stand before it. */
export interface Ordered {
  readonly address: Address;
  readonly needs: readonly Address[];
}

/**
 * Sorts so that everything comes after what it needs, otherwise as given. A need that lies outside the list is met already.
 * Throws `plan/cycle` with the whole path.
 */
export function order<Item extends Ordered>(items: readonly Item[]): readonly Item[] {
  const sorted: Item[] = [];
  const state = new Map<Item, "open" | "done">();
  const visit = (item: Item, path: readonly Item[]): void => {
    if (state.get(item) === "done") return;
    if (state.get(item) === "open") throw cycle([...path.slice(path.indexOf(item)), item]);
    state.set(item, "open");
    for (const need of item.needs) {
      for (const other of index.get(firstPart(need)) ?? [])
        if (other !== item && within(need, other.address)) visit(other, [...path, item]);
    }
    state.set(item, "done");
    sorted.push(item);
  };
  const index = byFirstPart(items);
  for (const item of items) visit(item, []);
  return sorted;
}

// Needs are looked up by environment: a thousand environments are not compared pair by pair.
function byFirstPart<Item extends Ordered>(items: readonly Item[]): ReadonlyMap<string, readonly Item[]> {
  const index = new Map<string, Item[]>();
  for (const item of items) {
    const part = firstPart(item.address);
    const list = index.get(part);
    if (list === undefined) index.set(part, [item]);
    else list.push(item);
  }
  return index;
}

function firstPart(address: Address): string {
  return /^[^.[]*/.exec(address)?.[0] ?? "";
}

function cycle(path: readonly Ordered[]): CloisterError {
  return new CloisterError({
    code: "plan/cycle",
    severity: "error",
    message: `each needs the next: ${path.map((item) => item.address).join(" -> ")}`,
    hint: "take one of these references out",
  });
}
