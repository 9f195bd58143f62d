import type { Pointer, Spot, Tree, Value } from "./tree.ts";
import { inside, isList, isMap, keysOf } from "./tree.ts";

/**
 * Several manifests as one: maps are merged key by key, and of anything else the later one holds. `null` takes away what an earlier
 * manifest says; it stays, among what is removed, until `withoutRemoved`. Among mounts it is a value, because it also takes away a default.
 */
export function merge(trees: readonly Tree[]): Tree {
  const [first = { value: {}, spots: new Map(), written: new Map(), broken: new Set() }, ...later] = trees;
  return later.reduce((under, over) => new Merging(under, over).tree(), first);
}

/** Without what `null` took away. */
export function withoutRemoved(tree: Tree): Tree {
  const { removed } = tree;
  if (removed === undefined || removed.size === 0) return tree;
  const spots = new Map(tree.spots);
  for (const at of removed) spots.delete(at);
  return { value: cut(tree.value, "", removed), spots, written: tree.written, broken: tree.broken };
}

function cut(value: Value, at: Pointer, removed: ReadonlySet<Pointer>): Value {
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !removed.has(inside(at, key)));
  return Object.fromEntries(kept.map(([key, item]) => [key, cut(item, inside(at, key), removed)]));
}

class Merging {
  readonly #under: Tree;
  readonly #over: Tree;
  readonly #spots: Map<Pointer, Spot>;
  readonly #written: Map<Pointer, string>;
  readonly #broken: Set<Pointer>;
  readonly #removed: Set<Pointer>;

  constructor(under: Tree, over: Tree) {
    this.#under = under;
    this.#over = over;
    this.#spots = new Map(under.spots);
    this.#written = new Map(under.written);
    this.#broken = new Set(under.broken);
    this.#removed = new Set(under.removed);
  }

  tree(): Tree {
    const value = this.#merged(this.#under.value, this.#over.value, "");
    return { value, spots: this.#spots, written: this.#written, broken: this.#broken, removed: this.#removed };
  }

  #merged(under: Value, over: Value, at: Pointer): Value {
    if (!isMap(under) || !isMap(over)) return this.#replaced(under, over, at);
    const map: Record<string, Value> = { ...under };
    for (const [key, value] of Object.entries(over)) {
      const here = inside(at, key);
      const before = map[key];
      map[key] = before === undefined ? this.#taken(value, here) : this.#merged(before, value, here);
      if (value === null && before !== undefined && !this.#over.broken.has(here) && !isMount(here)) this.#removed.add(here);
    }
    return map;
  }

  #replaced(under: Value, over: Value, at: Pointer): Value {
    this.#forget(under, at);
    return this.#taken(over, at);
  }

  #forget(value: Value, at: Pointer): void {
    this.#spots.delete(at);
    this.#written.delete(at);
    this.#broken.delete(at);
    this.#removed.delete(at);
    for (const [key, item] of itemsOf(value)) this.#forget(item, inside(at, key));
  }

  #taken(value: Value, at: Pointer): Value {
    const spot = this.#over.spots.get(at);
    const written = this.#over.written.get(at);
    if (spot !== undefined) this.#spots.set(at, spot);
    if (written !== undefined) this.#written.set(at, written);
    if (this.#over.broken.has(at)) this.#broken.add(at);
    if (this.#over.removed?.has(at) === true) this.#removed.add(at);
    for (const [key, item] of itemsOf(value)) this.#taken(item, inside(at, key));
    return value;
  }
}

function itemsOf(value: Value): readonly (readonly [string, Value])[] {
  return isMap(value) || isList(value) ? Object.entries(value) : [];
}

function isMount(at: Pointer): boolean {
  const [, , mounts, , ...rest] = keysOf(at);
  return mounts === "mounts" && rest.length === 0;
}
