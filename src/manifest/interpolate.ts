import type { ExpansionBudget } from "./expand.ts";
import { expand, expansionBudget, faultCode, hasVariables } from "./expand.ts";
import type { Finding } from "./findings.ts";
import { schemaAt, textOf, textsOf } from "./schema-at.ts";
import type { Pointer, Tree, Value } from "./tree.ts";
import { inside, isList, isMap, keysOf } from "./tree.ts";
import type { VariableUses } from "./variable-uses.ts";
import type { Variables } from "./variables.ts";

/** A manifest with its variables put in: what could not be is broken, and told in `faults`. */
export interface Interpolated {
  readonly tree: Tree;
  readonly faults: readonly Finding[];
}

/**
 * Puts variables into the values of a manifest: after it was parsed, so that no variable can make keys or structure, and never into keys. Where only
 * a number or true and false may stand, the text becomes that. What is the user's own (`x-`) stays as it is.
 */
export function interpolate(tree: Tree, variables: Variables, uses: VariableUses): Interpolated {
  if (!anyText(tree.value, hasVariables)) return { tree, faults: [] };
  const interpolation = new Interpolation(tree, variables, uses);
  const value = interpolation.value(tree.value, "");
  const { written, broken, faults } = interpolation;
  return { tree: { ...tree, value, written, broken }, faults };
}

function anyText(value: Value, test: (text: string) => boolean): boolean {
  if (typeof value === "string") return test(value);
  if (isList(value)) return value.some((item) => anyText(item, test));
  return isMap(value) && Object.values(value).some((item) => anyText(item, test));
}

class Interpolation {
  readonly written: Map<Pointer, string>;
  readonly broken: Set<Pointer>;
  readonly faults: Finding[] = [];
  readonly #tree: Tree;
  readonly #variables: Variables;
  readonly #budget: ExpansionBudget = expansionBudget();
  readonly #uses: VariableUses;

  constructor(tree: Tree, variables: Variables, uses: VariableUses) {
    this.#tree = tree;
    this.#variables = variables;
    this.#uses = uses;
    this.written = new Map(tree.written);
    this.broken = new Set(tree.broken);
  }

  value(value: Value, at: Pointer): Value {
    if (typeof value === "string") return hasVariables(value) ? this.#text(value, at) : value;
    if (isList(value)) return value.map((item, index) => this.value(item, inside(at, index)));
    if (!isMap(value)) return value;
    const map: Record<string, Value> = {};
    for (const [key, item] of Object.entries(value)) {
      const here = inside(at, key);
      map[key] = key.startsWith("x-") && isExtension(here) ? item : this.value(item, here);
    }
    return map;
  }

  #text(text: string, at: Pointer): Value {
    const { text: expanded, references, fault } = expand(text, (name) => this.#variables.find(name)?.value, this.#budget);
    const place = this.#tree.spots.get(at)?.value ?? null;
    for (const reference of references) this.#uses.add(reference, place);
    if (fault === null) return this.#typed(expanded, at);
    this.broken.add(at);
    this.faults.push({ code: faultCode(fault), at, message: fault.message, hint: fault.hint });
    return null;
  }

  #typed(text: string, at: Pointer): Value {
    const node = schemaAt(at);
    const types = textsOf(node, "type");
    const pattern = textOf(node, "pattern");
    if (types.length === 0 || (types.includes("string") && (pattern === "" ? !types.includes("integer") : new RegExp(pattern).test(text))))
      return text;
    const number = /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? Number(text) : null;
    if (number !== null && (types.includes("number") || (types.includes("integer") && Number.isSafeInteger(number)))) {
      this.written.set(at, text);
      return number;
    }
    if (!types.includes("boolean") || !/^(true|false)$/.test(text)) return text;
    this.written.set(at, text);
    return text === "true";
  }
}

/** Maps of an environment whose keys are names of the user's own, where one that begins with `x-` is a name like others. */
const named = ["labels", "mounts", "files", "extra_hosts", "environment", "sysctls", "ulimits"];

function isExtension(at: Pointer): boolean {
  const keys = keysOf(at);
  const isName = (keys.length === 2 && keys[0] === "environments") || (keys.length === 4 && named.includes(keys[2] ?? ""));
  return !isName;
}
