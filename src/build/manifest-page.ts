import type { SchemaNode } from "./schema-node.ts";

/** `docs/manifest.md`: every key of a manifest, from the schema. */
export function manifestPage(schema: SchemaNode): string {
  return `# The manifest\n\n${String(schema.description)}\n`;
}
