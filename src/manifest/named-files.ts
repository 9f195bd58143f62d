import type { Place } from "../model/diagnostic.ts";
import { expand, expansionBudget } from "./expand.ts";
import { mayExtend } from "./inherit.ts";
import { parse } from "./parse.ts";
import type { Source } from "./source.ts";
import type { Pointer, Tree } from "./tree.ts";
import { inside, isList, isMap, item, valueAt } from "./tree.ts";
import type { Variables } from "./variables.ts";

/** Another file that a manifest names: its path, variables put in, how it is written, and where. */
export interface NamedFile {
  readonly path: string;
  readonly written: string;
  readonly at: Place;
}

/** The other manifests that one names: what it includes, in order, and the files whose environments its own extend. */
export interface NamedFiles {
  readonly includes: readonly NamedFile[];
  readonly bases: readonly NamedFile[];
}

const none: NamedFiles = { includes: [], bases: [] };

/** What a manifest includes and extends from; nothing where it cannot be read or a variable is missing, which `load` tells. */
export function filesNamedBy(source: Source, variables: Variables): NamedFiles {
  // Most name no other file, and to know that takes no reading; a key can also be written by its characters' numbers.
  if (!/include|\\[xuU]/.test(source.text) && !(mayExtend(source.text) && /\bfile\b/.test(source.text))) return none;
  const { tree } = parse(source);
  if (tree === null) return none;
  const named = (at: Pointer) => namedAt(tree, at, variables);
  const includes = item(tree.value, "include");
  const environments = item(tree.value, "environments");
  const heirs = isMap(environments) ? Object.keys(environments).filter((name) => isMap(item(environments[name], "extends"))) : [];
  return {
    includes: isList(includes) ? includes.flatMap((_, index) => named(inside("/include", index))) : [],
    bases: heirs.flatMap((name) => named(inside(inside(inside("/environments", name), "extends"), "file"))),
  };
}

function namedAt(tree: Tree, pointer: Pointer, variables: Variables): readonly NamedFile[] {
  const written = valueAt(tree.value, pointer);
  const at = tree.spots.get(pointer)?.value;
  if (typeof written !== "string" || at === undefined) return [];
  const { text: path, fault } = expand(written, (name) => variables.find(name)?.value, expansionBudget());
  return fault !== null || path === "" || path.includes("\0") ? [] : [{ path, written, at }];
}
