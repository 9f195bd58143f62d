import { compile } from "json-schema-to-typescript";
import type { SchemaNode } from "./schema-node.ts";
import { object, rewrite, without } from "./schema-node.ts";

/**
 * The TypeScript types of a manifest as it is written (`src/model/manifest.gen.ts`). Every key is optional: what is wrong is
 * reported and cut out before the rest is looked at, so that nothing is certain to be there.
 */
export async function manifestTypes(schema: SchemaNode): Promise<string> {
  const loose = object(rewrite(schema, (node, key) => (names.includes(key) ? node : optional(node))));
  return await compile(loose, "ManifestDocument", {
    bannerComment: "// Generated from schemas/cloister.schema.json by npm run gen. Never edited by hand.",
    additionalProperties: false,
    enableConstEnums: false,
    ignoreMinAndMaxItems: true,
    style: { printWidth: 140 },
  });
}

/** Where the keys of an object are names, not keywords. */
const names = ["properties", "definitions", "patternProperties"];

/** The keywords that a type cannot say, or that would make two types of one. */
const untyped = ["$id", "title", "description", "examples", "default", "required", "patternProperties", "propertyNames"].concat([
  "if",
  "then",
  "else",
  "allOf",
  "minItems",
  "maxItems",
  "x-liveupdate",
  "x-expects",
]);

function optional(node: SchemaNode): SchemaNode {
  return without(node, untyped);
}
