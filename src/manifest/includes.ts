import type { Place } from "../model/diagnostic.ts";
import { parse } from "./parse.ts";
import type { Source } from "./source.ts";
import { inside, isList, item } from "./tree.ts";

/** A manifest that another one includes: its path as it is written, and where. */
export interface Include {
  readonly path: string;
  readonly at: Place;
}

/** What a manifest includes, in order; nothing where it cannot be read, which `load` tells. */
export function includesOf(source: Source): readonly Include[] {
  // Most include nothing, and to know that takes no reading; a key can also be written by its characters' numbers.
  if (!/include|\\[xuU]/.test(source.text)) return [];
  const { tree } = parse(source);
  const paths = tree === null ? undefined : item(tree.value, "include");
  if (tree === null || !isList(paths)) return [];
  return paths.flatMap((path, index) => {
    const at = tree.spots.get(inside("/include", index))?.value;
    return typeof path === "string" && path !== "" && !path.includes("\0") && at !== undefined ? [{ path, at }] : [];
  });
}
