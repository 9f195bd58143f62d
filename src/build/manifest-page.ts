import { defaultMounts } from "../manifest/default-mounts.ts";
import { formatSize } from "../manifest/quantity.ts";
import type { SchemaNode } from "./schema-node.ts";
import { isObject, object, resolve } from "./schema-node.ts";

/** `docs/manifest.md`: every key of a manifest, from the schema. */
export function manifestPage(schema: SchemaNode): string {
  const page = new Page(schema);
  page.section("The whole", schema);
  return `<!-- Generated from schemas/cloister.schema.json by npm run gen. Never edited by hand. -->

# The manifest

${words(schema, "description")}

A manifest is YAML 1.2, at most 256 KiB. Begin it with this line, and an editor that knows YAML completes and checks it as you write:

\`\`\`yaml
# yaml-language-server: $schema=../schemas/cloister.schema.json
\`\`\`

A change to a running environment costs, as the last column says: *in-place* nothing, *restart-process* a restart of the
process (of all of them, where it is a key of the environment), *recreate* the whole environment anew, *rebuild* likewise and on another root.

Sizes are bytes, or end in K, M, G or T, which count by 1024 as in compose (\`64M\` is \`64MB\` is \`64MiB\`), or are a percentage of the
host's memory. Paths on the host are relative to the directory of the first manifest, those in a file that is included to its own.

Several manifests that are read together are one: maps are merged key by key, of anything else the later one holds, and \`null\` takes
away what an earlier one says. Values may use variables (\`\${NAME:-default}\`), and \`$$\` is a dollar: [composition.md](composition.md).
${page.text()}${defaultMountsSection()}`;
}

function defaultMountsSection(): string {
  const rows = Object.entries(defaultMounts).map(([target, { type, read_only, options, size, mode }]) => {
    const details = [...(read_only ? ["read-only"] : []), ...options, ...(size === undefined ? [] : [`size ${formatSize(Number(size))}`])];
    return `| \`${target}\` | ${type} | ${details.join(", ")}${mode === undefined ? "" : `, mode ${mode}`} |\n`;
  });
  return `\n## Default mounts\n\nWhat every environment has mounted; an entry for the same target replaces it, \`null\` removes it. In /dev stand null, zero,
full, random, urandom and tty of the host, and the usual links.\n\n| target | type | with |\n|---|---|---|\n${rows.join("")}`;
}

class Page {
  readonly #schema: SchemaNode;
  readonly #sections: string[] = [];

  constructor(schema: SchemaNode) {
    this.#schema = schema;
  }

  text(): string {
    return this.#sections.join("");
  }

  /** A table of a map's keys, and then the sections of those that are maps themselves. */
  section(title: string, node: SchemaNode): void {
    const entries = propertiesOf(node).map(([key, value]) => ({ key, node: resolve(this.#schema, value) }));
    const rows = entries.map(({ key, node: property }) => this.#row(key, property));
    this.#sections.push(`\n## ${title}\n\n| key | what it is | default | a change costs |\n|---|---|---|---|\n${rows.join("")}`);
    for (const { key, node: property } of entries) this.#inside(title === "The whole" ? key : `${title}.${key}`, property);
  }

  #inside(title: string, node: SchemaNode): void {
    if (propertiesOf(node).length > 0) this.section(title, node);
    for (const [keyword, suffix] of [
      ["additionalProperties", ".NAME"],
      ["items", "[]"],
    ] as const) {
      const inner = node[keyword];
      if (!isObject(inner)) continue;
      const resolved = resolve(this.#schema, inner);
      if (propertiesOf(resolved).length > 0) this.section(`${title}${suffix}`, resolved);
    }
  }

  #row(key: string, node: SchemaNode): string {
    const example = firstExample(node);
    // The column says so too; a schema has no column.
    const said = words(node, "description").replace(/ No default\.$/, "");
    const description = `${said}${wordsOf(node)}${example === null ? "" : ` E.g. \`${flow(example)}\`.`}`;
    const fallback = "default" in node ? `\`${flow(node.default)}\`` : "none";
    return `| \`${key}\` | ${cell(description)} | ${cell(fallback)} | ${words(node, "x-liveupdate")} |\n`;
  }
}

function propertiesOf(node: SchemaNode): readonly (readonly [string, SchemaNode])[] {
  return isObject(node.properties) ? Object.entries(node.properties).map(([key, value]) => [key, object(value)] as const) : [];
}

function words(node: SchemaNode, keyword: string): string {
  const value = node[keyword];
  return typeof value === "string" ? value : "";
}

/** The allowed words, where the description does not already say each of them. */
function wordsOf(node: SchemaNode): string {
  const allowed = Array.isArray(node.enum) ? node.enum.filter((word) => typeof word === "string") : [];
  const unsaid = allowed.some((word) => !words(node, "description").includes(`\`${word}\``));
  return allowed.length > 1 && unsaid ? ` One of ${allowed.map((word) => `\`${word}\``).join(", ")}.` : "";
}

function firstExample(node: SchemaNode): unknown {
  const examples = node.examples;
  return Array.isArray(examples) && examples.length > 0 ? examples[0] : null;
}

/** A value as YAML in one line. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (isObject(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${key}: ${flow(item)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  const plain = typeof value === "string" && /^[A-Za-z./][A-Za-z0-9_./:-]*$/.test(value);
  return plain ? value : JSON.stringify(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
