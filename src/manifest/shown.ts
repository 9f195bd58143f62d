import type { Pointer, Value } from "./tree.ts";
import { addressOf, isList, keysOf, outside, valueAt } from "./tree.ts";

/** How messages name a value: its address (`web.mounts["/tmp"].size`), list items by number (`web.unsafe[0]`). */
export function nameOf(pointer: Pointer, whole: Value): string {
  if (pointer === "") return "the manifest";
  const parent = outside(pointer);
  if (isList(valueAt(whole, parent))) return `${nameOf(parent, whole)}[${keysOf(pointer).at(-1)}]`;
  return addressOf(pointer).replace(/^\./, "");
}

/** How messages show a value that was found. */
export function shown(value: Value): string {
  if (value === null) return "null";
  if (isList(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? quoted(value) : String(value);
}

/** Text in quotes, cut where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
