import type { ManifestDocument } from "../model/manifest.gen.ts";
import type { Findings } from "./findings.ts";
import { reportSchemaErrors } from "./schema-errors.ts";
import type { Pointer, Tree, Value } from "./tree.ts";
import { inside, isList, isMap } from "./tree.ts";
import { validate as matches } from "./validate.gen.js";

/** What is told, and of which environments not all that is needed must be there. */
export interface Validating {
  readonly findings: Findings;
  readonly partial: ReadonlySet<string>;
}

/**
 * The tree as a manifest by its schema. What does not fit is told and cut out, so that the rest can be judged as well: every key of
 * the result may be missing, but what is there has the type that the schema says.
 */
export function validate(tree: Tree, { findings, partial }: Validating): ManifestDocument {
  if (tree.broken.size === 0 && matches(tree.value)) return typed(tree.value);
  const whole = prune(tree.value, "", (at) => tree.broken.has(at)) ?? {};
  if (matches(whole)) return typed(whole);
  const cut = reportSchemaErrors(matches.errors ?? [], { whole, findings, partial });
  return typed(prune(whole, "", (at) => cut.has(at)) ?? {});
}

/** The door from unknown values to types: the validator has looked at every one of them (the only `as` in this project). */
function typed(value: Value): ManifestDocument {
  return value as ManifestDocument;
}

/** A copy without the values that `gone` says; a list that loses an item is lost as a whole, or its indices would move. */
function prune(value: Value, at: Pointer, gone: (at: Pointer) => boolean): Value | undefined {
  if (gone(at)) return undefined;
  if (isList(value)) {
    const items = value.map((item, index) => prune(item, inside(at, index), gone));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (!isMap(value)) return value;
  const kept: Record<string, Value> = {};
  for (const [key, item] of Object.entries(value)) {
    const pruned = prune(item, inside(at, key), gone);
    if (pruned !== undefined) kept[key] = pruned;
  }
  return kept;
}
