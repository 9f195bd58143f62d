/** A JSON object whose shape is not known: a schema, or a part of one. */
export interface SchemaNode {
  readonly [key: string]: unknown;
}

/** The value as an object; a generator that meets anything else has a bug or a broken schema before it. */
export function object(value: unknown): SchemaNode {
  if (!isObject(value)) throw new Error(`expected an object in the schema, found ${JSON.stringify(value)}`);
  return value;
}

/** Whether it is a JSON object. */
export function isObject(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy in which every object went through `change`, from the inside out; `key` is where it stood. */
export function rewrite(value: unknown, change: (node: SchemaNode, key: string) => SchemaNode, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, change, key));
  if (!isObject(value)) return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rewrite(item, change, name)])), key);
}

/** A copy without the named keys. */
export function without(node: SchemaNode, names: readonly string[]): SchemaNode {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !names.includes(name)));
}

/** The schema that `node` means: the one that it refers to, with what stands beside the reference on top. */
export function resolve(root: SchemaNode, node: SchemaNode): SchemaNode {
  const reference = node.$ref;
  if (typeof reference !== "string") return node;
  const name = reference.replace("#/definitions/", "");
  return { ...object(object(root.definitions)[name]), ...without(node, ["$ref"]) };
}
