import { readFileSync } from "node:fs";
import type { SchemaNode } from "../../src/build/schema-node.ts";
import { isObject, object, resolve } from "../../src/build/schema-node.ts";

/** One key of the manifest's schema. */
export interface Property {
  /** The keys that lead to it; `*` for a name of the user's own, or an item of a list. */
  readonly path: readonly string[];
  /** As it stands, references not followed. */
  readonly node: SchemaNode;
}

/** The schema of manifests, as a JSON object. */
export function readSchema(): SchemaNode {
  return object(JSON.parse(readFileSync("schemas/cloister.schema.json", "utf8")));
}

/** Every key at every level. */
export function propertiesOf(root: SchemaNode): readonly Property[] {
  return collect(root, root, []);
}

function collect(root: SchemaNode, node: SchemaNode, path: readonly string[]): readonly Property[] {
  const whole = resolve(root, node);
  const own = Object.entries(isObject(whole.properties) ? whole.properties : {}).map(([key, value]) => ({
    path: [...path, key],
    node: object(value),
  }));
  const inner = [whole.additionalProperties, whole.items].filter(isObject).flatMap((value) => collect(root, value, [...path, "*"]));
  return [...own, ...own.flatMap((property) => collect(root, property.node, property.path)), ...inner];
}
