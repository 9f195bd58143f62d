import type { Address } from "../model/address.ts";
import { child } from "../model/address.ts";
import type { Place } from "../model/diagnostic.ts";

/** Where a value stands in a manifest, as a JSON pointer (`/environments/web/mounts/~1tmp`); "" is the whole. */
export type Pointer = string;

/** The places of one value and of the key before it; list items and the whole have no key. */
export interface Spot {
  readonly key: Place | null;
  readonly value: Place;
}

/** Plain data made of maps, lists, text, numbers, true, false and null. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A manifest as plain values, with where each stands and how numbers, true and false were written. */
export interface Tree {
  readonly value: Value;
  readonly spots: ReadonlyMap<Pointer, Spot>;
  /** The text of what is not text (`0o755`, `1.10`, `TRUE`). */
  readonly written: ReadonlyMap<Pointer, string>;
  /** The values that could not be understood, which was told; null stands for them. */
  readonly broken: ReadonlySet<Pointer>;
  /** Where `null` stands that took something away: it stays until everything is merged that it could stand over. */
  readonly removed?: ReadonlySet<Pointer>;
}

/** The pointer of a key or index inside `parent`. */
export function inside(parent: Pointer, key: string | number): Pointer {
  if (typeof key === "number") return `${parent}/${key}`;
  const plain = key.includes("~") || key.includes("/") ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
  return `${parent}/${plain}`;
}

/** The keys of a pointer, from the outside in. */
export function keysOf(pointer: Pointer): readonly string[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The pointer of what `pointer` stands in. */
export function outside(pointer: Pointer): Pointer {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")));
}

/**
 * The address that plans and flags use: an environment's begins with its name. Top-level keys, which are in no environment, begin
 * with a dot, which no environment's can (`.name`).
 */
export function addressOf(pointer: Pointer): Address {
  const [top = "", name, ...rest] = keysOf(pointer);
  return top === "environments" && name !== undefined ? rest.reduce(child, child("", name)) : `.${top}`;
}

/** The value at a pointer; undefined where there is none. */
export function valueAt(value: Value, pointer: Pointer): Value | undefined {
  return keysOf(pointer).reduce(item, value);
}

/** What a map has under a key, or a list at an index. */
export function item(value: Value | undefined, key: string): Value | undefined {
  if (isList(value)) return value[Number(key)];
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Whether a value is a map. */
export function isMap(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
