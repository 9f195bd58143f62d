import type { LiveUpdate } from "../model/resource.ts";
import { liveUpdates } from "../model/resource.ts";
import type { SchemaNode } from "./schema-node.ts";
import { isObject, object, resolve } from "./schema-node.ts";

const meanings: Readonly<Record<LiveUpdate, string>> = {
  "in-place": "nothing restarts: every process, namespace and connection stays",
  "restart-process":
    "the process ends and starts anew (all of them, where it is a key of the environment); the environment and whatever else runs in it stay",
  recreate: "the environment ends with all that runs in it, and starts anew on the same root",
  rebuild: "the environment ends with all that runs in it, and starts anew on another root, which is built first where it is not there",
};

/** The section of docs/live-changes.md that says what each field of the manifest costs when it changes. */
export function classesTable(schema: SchemaNode): string {
  const classes = liveUpdates.map((one) => `| **${words(one)}** | ${meanings[one]} |`);
  const rows = rowsOf(schema, schema, "").map(({ name, node }) => {
    const description = typeof node.description === "string" ? node.description : "";
    return `| \`${name}\` | ${words(String(node["x-liveupdate"]))} | ${firstSentence(description).replaceAll("|", "\\|")} |`;
  });
  return [
    "| a change is | which means |",
    "|---|---|",
    ...classes,
    "",
    "| field | a change is | what it is |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
}

interface Row {
  readonly name: string;
  readonly node: SchemaNode;
}

/** Every field, each before those inside it; the fields of an environment without the way to it. */
function rowsOf(schema: SchemaNode, node: SchemaNode, place: string): readonly Row[] {
  const whole = resolve(schema, node);
  const own = Object.entries(isObject(whole.properties) ? whole.properties : {}).flatMap(([key, value]) => {
    const property = resolve(schema, object(value));
    const name = `${place}${key}`;
    return [{ name, node: property }, ...rowsOf(schema, property, name === "environments" ? "" : `${name}.`)];
  });
  const inner = (keyword: string, suffix: string): readonly Row[] => {
    const value = whole[keyword];
    return isObject(value) ? rowsOf(schema, value, place === "" ? "" : `${place.slice(0, -1)}${suffix}.`) : [];
  };
  return [...own, ...inner("additionalProperties", ".NAME"), ...inner("items", "[]")];
}

function words(liveUpdate: string): string {
  return liveUpdate.replace("-", " ");
}

function firstSentence(description: string): string {
  return /^.*?[^.]\.(?= |$)/.exec(description)?.[0].replace(/\.$/, "") ?? description;
}
