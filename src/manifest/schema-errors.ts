import { didYouMean, nearestName } from "../model/nearest-name.ts";
import type { Finding, Findings } from "./findings.ts";
import { foreignWords } from "./foreign-words.ts";
import { follow, keysIn, part, schemaAt, textOf, textsOf } from "./schema-at.ts";
import { listed, nameOf, quoted, shown } from "./shown.ts";
import type { Pointer, Value } from "./tree.ts";
import { inside, isList, isMap, item, keysOf, outside, valueAt } from "./tree.ts";
import type { SchemaError, SchemaNode } from "./validate.gen.js";

/** What is told of a manifest's faults. */
export interface Telling {
  readonly whole: Value;
  readonly findings: Findings;
  /** The environments that need not be whole: nothing in them has to have the keys that are needed. */
  readonly partial: ReadonlySet<string>;
}

/**
 * Tells the validator's errors in our words, one for each mistake, and returns the values that are at fault and must not be looked
 * at any more.
 */
export function reportSchemaErrors(errors: readonly SchemaError[], { whole, findings, partial }: Telling): ReadonlySet<Pointer> {
  const told = new Set<Pointer>();
  const cut = new Set<Pointer>();
  // Unknown keys come first: a misspelt key explains why the right one is missing.
  const isFirst = (error: SchemaError) => isUnknownKey(error) || isMergeKey(error);
  const ordered = [...errors.filter(isFirst), ...errors.filter((error) => !isFirst(error))];
  for (const error of ordered) {
    if (error.keyword === "if" || error.propertyName !== undefined) continue;
    if (error.keyword === "required" && isWithin(partial, error.instancePath)) continue;
    const at = pointerOf(error);
    // It is there, but could not be understood, which was told.
    if (error.keyword === "required" && findings.marked(at)) continue;
    // A name that is wrong says nothing of the value that it names.
    const problem = error.keyword === "propertyNames" && !isMergeKey(error) ? `name ${at}` : at;
    if (told.has(problem)) continue;
    told.add(problem);
    if (problem === at) cut.add(at);
    findings.mark(at);
    if (findings.full()) continue;
    for (const key of isUnknownKey(error) ? meantKeys(error, whole) : []) {
      told.add(inside(error.instancePath, key));
      findings.mark(inside(error.instancePath, key));
    }
    findings.report(finding(error, at, whole));
  }
  return cut;
}

function isWithin(environments: ReadonlySet<string>, at: Pointer): boolean {
  const [top, name = ""] = keysOf(at);
  return top === "environments" && environments.has(name);
}

/** Its value is what it would have brought, and nothing of its own. */
function isMergeKey({ keyword, params }: SchemaError): boolean {
  return keyword === "propertyNames" && params.propertyName === "<<";
}

function isUnknownKey(error: SchemaError): boolean {
  return error.keyword === "additionalProperties";
}

/** What is at fault: the value, or the key that is unknown, missing or ill-named. */
function pointerOf({ instancePath, params }: SchemaError): Pointer {
  const key = params.additionalProperty ?? params.missingProperty ?? params.propertyName;
  return typeof key === "string" ? inside(instancePath, key) : instancePath;
}

/** The keys that are not missing besides: what a misspelt or foreign key means, or all that a merge key would have brought. */
function meantKeys({ instancePath, params }: SchemaError, whole: Value): readonly string[] {
  const key = textOf(params, "additionalProperty");
  const keys = likelyKeys(instancePath, whole);
  if (key === "<<") return keys;
  const meant = nearestName(key, keys) ?? foreignWords.get(key) ?? key;
  // What is extended may have what is needed.
  return meant === "extends" ? [meant, "rootfs"] : [meant];
}

/** The keys that a map may have, those first that it does not have yet. */
function likelyKeys(at: Pointer, whole: Value): readonly string[] {
  const map = valueAt(whole, at);
  const has = (key: string): boolean => isMap(map) && Object.hasOwn(map, key);
  const keys = keysIn(schemaAt(at));
  return [...keys.filter((key) => !has(key)), ...keys.filter(has)];
}

function finding(error: SchemaError, at: Pointer, whole: Value): Finding {
  const value = valueAt(whole, at) ?? null;
  const node = schemaAt(at);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownKey(error, at, whole);
    case "required":
      return missingKey(error, whole);
    case "propertyNames":
      return badName(error, at);
    case "false schema":
      return misplacedKey(error, at, whole);
    case "type":
      return wrongType(at, { value, node, whole });
    case "enum":
      return wrongWord(error, at, { value, node, whole });
    case "minItems":
    case "maxItems": {
      const message = `${nameOf(at, whole)} must ${error.keyword === "minItems" ? "not be empty" : `have at most ${String(error.params.limit)} items`}`;
      return { code: "manifest/out-of-range", at, message };
    }
    case "uniqueItems": {
      const twice = item(value, String(error.params.i));
      return {
        code: "manifest/wrong-format",
        at,
        message: `${nameOf(at, whole)} has ${shown(twice ?? null)} twice`,
        hint: "take one of them out",
      };
    }
    default: {
      const code = typeof value === "number" ? "manifest/out-of-range" : "manifest/wrong-format";
      return { code, at, message: `${nameOf(at, whole)} must be ${expected(node)}, not ${shown(value)}` };
    }
  }
}

function unknownKey({ instancePath, params }: SchemaError, at: Pointer, whole: Value): Finding {
  const parent = schemaAt(instancePath);
  const key = textOf(params, "additionalProperty");
  const keys = likelyKeys(instancePath, whole);
  const hint = didYouMean(key, keys) ?? otherHint(key) ?? (keys.length <= 12 ? `its keys are ${keysIn(parent).join(", ")}` : undefined);
  const message = `${textOf(parent, "title")} has no key ${quoted(key)}`;
  return { code: "manifest/unknown-key", at, on: "key", message, ...(hint === undefined ? {} : { hint }) };
}

/** Words of other tools, and of YAML 1.1. */
function otherHint(key: string): string | undefined {
  if (key === "<<") return "YAML 1.2 has no merge keys";
  const word = foreignWords.get(key);
  return word === undefined ? undefined : `cloister's word is ${word}`;
}

function missingKey({ instancePath, params }: SchemaError, whole: Value): Finding {
  const key = textOf(params, "missingProperty");
  const message = `${nameOf(instancePath, whole)} needs the key ${quoted(key)}`;
  const hint = missingHints[key];
  return { code: "manifest/missing-key", at: instancePath, on: "key", message, ...(hint === undefined ? {} : { hint }) };
}

const missingHints: Readonly<Record<string, string>> = {
  api_version: "begin with api_version: cloister/v1",
  rootfs: "a root from a release is rootfs: {release: bookworm}",
};

function badName({ instancePath, params }: SchemaError, at: Pointer): Finding {
  const name = textOf(params, "propertyName");
  const names = part(schemaAt(instancePath), "propertyNames");
  const words = textsOf(names, "enum");
  if (words.length === 0) {
    const merged = name === "<<" ? { hint: otherHint(name) ?? "" } : {};
    return { code: "manifest/bad-name", at, on: "key", message: `${quoted(name)} must be ${textOf(names, "x-expects")}`, ...merged };
  }
  const message = `${textOf(schemaAt(instancePath), "title")} has no key ${quoted(name)}`;
  return { code: "manifest/unknown-key", at, on: "key", message, hint: didYouMean(name, words) ?? `its keys are ${words.join(", ")}` };
}

function misplacedKey({ instancePath, schemaPath }: SchemaError, at: Pointer, whole: Value): Finding {
  const path = schemaPath.split("/").slice(1, -3);
  const subject = textOf(follow(schemaAt(outside(instancePath)), path), "x-applies");
  const parent = valueAt(whole, outside(at));
  const type = isMap(parent) && typeof parent.type === "string" ? parent.type : "";
  const message = `${quoted(keysOf(at).at(-1) ?? "")} does not apply to ${subject === "" ? type : subject}`;
  const also = type === "" ? {} : { also: [{ message: "the type is said here", at: inside(outside(at), "type") }] };
  return { code: "manifest/misplaced-key", at, on: "key", message, ...also };
}

interface Judged {
  readonly value: Value;
  readonly node: SchemaNode;
  readonly whole: Value;
}

function wrongType(at: Pointer, { value, node, whole }: Judged): Finding {
  const hint = value === null && isList(valueAt(whole, outside(at))) ? undefined : typeHint(value, textsOf(node, "type"));
  const message = `${nameOf(at, whole)} must be ${expected(node)}, not ${shown(value)}`;
  return { code: "manifest/wrong-type", at, message, ...(hint === undefined ? {} : { hint }) };
}

function typeHint(value: Value, types: readonly string[]): string | undefined {
  if (typeof value === "string" && types.includes("boolean") && /^(yes|no|on|off|y|n)$/i.test(value))
    return "YAML 1.2 knows only true and false";
  if (typeof value === "string" && /^\d+$/.test(value) && (types.includes("integer") || types.includes("number")))
    return "write it without quotes";
  if (typeof value === "string" && types.includes("array")) return `write [${value.includes(" ") ? "sh, -c, ..." : value}]`;
  if (value === null) return "nothing stands behind the colon";
  if (typeof value !== "object" && types.includes("string")) return `write "${String(value)}"`;
  return undefined;
}

function wrongWord({ params }: SchemaError, at: Pointer, { value, node, whole }: Judged): Finding {
  const allowed = params.allowedValues;
  const words = Array.isArray(allowed) ? allowed.filter((word) => typeof word === "string") : [];
  const plain = typeof value === "string" ? value.replace(/^CAP_/i, "") : "";
  // As kill(1) has it.
  const asSignal = `SIG${plain.toUpperCase()}`;
  const hint = typeof value === "string" ? didYouMean(words.includes(asSignal) ? asSignal : plain, words) : undefined;
  const message = `${nameOf(at, whole)} must be ${expected(node)}, not ${shown(value)}`;
  return { code: "manifest/wrong-value", at, message, ...(hint === undefined ? {} : { hint }) };
}

function expected(node: SchemaNode): string {
  const said = textOf(node, "x-expects");
  if (said !== "") return said;
  const words = textsOf(node, "enum");
  return words.length > 0 && words.length <= 12
    ? listed(words)
    : textsOf(node, "type")
        .map((type) => typeWords[type] ?? type)
        .join(" or ");
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  object: "a map",
  array: "a list",
  null: "null",
};
