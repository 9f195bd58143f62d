import type { Pointer } from "./tree.ts";
import { keysOf } from "./tree.ts";
import type { SchemaNode } from "./validate.gen.js";
import { schema } from "./validate.gen.js";

/** What the schema says of the value at a pointer, references followed; an empty node where it says nothing. */
export function schemaAt(pointer: Pointer): SchemaNode {
  return keysOf(pointer).reduce(schemaInside, resolved(schema));
}

function schemaInside(node: SchemaNode, key: string): SchemaNode {
  const named = part(node, "properties")[key];
  if (isNode(named)) return resolved(named);
  const other = /^\d+$/.test(key) && isNode(node.items) ? node.items : node.additionalProperties;
  return isNode(other) ? resolved(other) : {};
}

/** Follows the path of a validator's error (`#/allOf/0/then/properties/size`) from a node. */
export function follow(node: SchemaNode, path: readonly string[]): SchemaNode {
  let at: unknown = node;
  for (const key of path) at = isNode(at) ? at[key] : Array.isArray(at) ? at[Number(key)] : undefined;
  return isNode(at) ? at : {};
}

/** The keys that a map may have. */
export function keysIn(node: SchemaNode): readonly string[] {
  return Object.keys(part(node, "properties"));
}

/** A keyword's value as text, "" where it has none. */
export function textOf(node: SchemaNode, keyword: string): string {
  const value = node[keyword];
  return typeof value === "string" ? value : "";
}

/** A keyword's value as a list of texts (`type`, `enum`). */
export function textsOf(node: SchemaNode, keyword: string): readonly string[] {
  const value = node[keyword];
  return [value].flat().filter((item) => typeof item === "string");
}

/** A keyword's value as a node, empty where it is none. */
export function part(node: SchemaNode, keyword: string): SchemaNode {
  const value = node[keyword];
  return isNode(value) ? value : {};
}

function resolved(node: SchemaNode): SchemaNode {
  const reference = textOf(node, "$ref");
  return reference === "" ? node : { ...part(part(schema, "definitions"), reference.replace("#/definitions/", "")), ...node };
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
