import type { Node, Pair, Scalar, YAMLMap } from "yaml";
import { isAlias, isCollection, isMap, isScalar, isSeq } from "yaml";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import type { Placer } from "./source.ts";
import type { Pointer, Spot, Tree, Value } from "./tree.ts";
import { inside } from "./tree.ts";

/** Aliases may be few and small: a text of 100 bytes can otherwise stand for more values than there is memory. */
const mostAliases = 1000;
const mostAliased = 20_000;

/** How deep maps and lists may lie in each other. */
export const mostDepth = 64;

/** How many problems of one text are told. */
const mostProblems = 50;

/** Keys that mean something to JavaScript's objects; no manifest needs them. */
const forbidden: readonly string[] = ["__proto__", "constructor", "prototype"];

/** Grows plain values out of YAML nodes, noting where each stands; null where an alias makes too much of it. */
export function grow(root: Node, place: Placer): { readonly tree: Tree | null; readonly diagnostics: readonly Diagnostic[] } {
  const growth = new Growth(place);
  const value = growth.value(root, { at: "", key: null, depth: 0 });
  const { spots, written, broken, diagnostics } = growth;
  return { tree: growth.exhausted ? null : { value, spots, written, broken }, diagnostics };
}

interface Position {
  readonly at: Pointer;
  readonly key: Place | null;
  readonly depth: number;
}

class Growth {
  readonly spots = new Map<Pointer, Spot>();
  readonly written = new Map<Pointer, string>();
  readonly broken = new Set<Pointer>();
  readonly diagnostics: Diagnostic[] = [];
  exhausted = false;
  readonly #place: Placer;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #aliases = 0;
  #aliased = 0;
  #insideAlias: Place | null = null;

  constructor(place: Placer) {
    this.#place = place;
  }

  value(node: Node, position: Position): Value {
    if (isAlias(node)) return this.#alias(node.source, this.#placeOf(node), position);
    this.spots.set(position.at, { key: position.key, value: this.#placeOf(node) });
    if (this.#insideAlias !== null && ++this.#aliased > mostAliased) return this.#exhaust("aliases repeat more than 20,000 values");
    if (isScalar(node)) return this.#scalar(node, position);
    if (!isCollection(node)) return null;
    if (position.depth >= mostDepth) return this.#exhaust(`aliases lie more than ${mostDepth} deep in each other`);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node, position) : this.#list(isSeq(node) ? node.items : [], position);
    this.#open.delete(node);
    return value;
  }

  #alias(name: string, at: Place, position: Position): Value {
    const node = this.#anchors.get(name);
    if (node === undefined || this.#open.has(node)) {
      const message = node === undefined ? `no anchor "${name}" stands before this alias` : `alias "${name}" stands inside what it repeats`;
      this.#error({ code: "manifest/alias", message, at });
      return this.#break(position.at);
    }
    if (++this.#aliases > mostAliases) return this.#exhaust("more than 1,000 aliases");
    const outer = this.#insideAlias;
    this.#insideAlias = outer ?? at;
    const value = this.value(node, position);
    this.#insideAlias = outer;
    return value;
  }

  #list(items: readonly unknown[], { at, depth }: Position): Value {
    const list: Value[] = [];
    for (const [index, item] of items.entries()) {
      if (this.exhausted) break;
      if (isNode(item)) list.push(this.value(item, { at: inside(at, index), key: null, depth: depth + 1 }));
    }
    return list;
  }

  #map(node: YAMLMap, { at, depth }: Position): Value {
    const map: Record<string, Value> = {};
    const keys = new Map<string, Place>();
    for (const pair of node.items) {
      if (this.exhausted) break;
      const key = this.#key(pair, keys);
      if (key === null) continue;
      const place = keys.get(key) ?? null;
      const position = { at: inside(at, key), key: place, depth: depth + 1 };
      if (place !== null) this.spots.set(position.at, { key: place, value: place });
      map[key] = isNode(pair.value) ? this.value(pair.value, position) : null;
    }
    return map;
  }

  /** The pair's key as text, entered in `keys`; null where it is none, forbidden or there already, which is told. */
  #key(pair: Pair, keys: Map<string, Place>): string | null {
    const node = isAlias(pair.key) ? this.#anchors.get(pair.key.source) : pair.key;
    if (!isScalar(node) || node.value === null || !isNode(pair.key)) {
      const at = isNode(pair.key) ? this.#placeOf(pair.key) : undefined;
      this.#error({ code: "manifest/key", message: "a key must be text", ...(at === undefined ? {} : { at }) });
      return null;
    }
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    const key = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
    const at = this.#placeOf(pair.key);
    const first = keys.get(key);
    if (first !== undefined) {
      const message = `key ${JSON.stringify(key)} stands twice in one map`;
      this.#error({ code: "manifest/duplicate-key", message, at, also: [{ message: "first here", at: first }] });
      return null;
    }
    if (forbidden.includes(key)) {
      this.#error({ code: "manifest/forbidden-key", message: `key ${JSON.stringify(key)} is not allowed anywhere`, at });
      return null;
    }
    keys.set(key, at);
    return key;
  }

  #scalar(node: Scalar, { at }: Position): Value {
    const { value, source = "" } = node;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (typeof value === "string" || value === null) return value;
    if (typeof value === "boolean") return this.#keep(at, source, value);
    if (typeof value !== "number") return null;
    if (/^[-+]?0[0-9]/.test(source)) {
      const digits = source.replace(/^[-+]?0+/, "");
      const message = `${source} is the decimal number ${value} in YAML 1.2, not an octal one`;
      this.#error({
        code: "manifest/leading-zero",
        message,
        at: this.#placeOf(node),
        hint: `write "${source}" for text, 0o${digits} for octal, ${value} for decimal`,
      });
      return this.#break(at);
    }
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.#error({
        code: "manifest/unsafe-number",
        message: `${source} is too large for an exact number`,
        at: this.#placeOf(node),
        hint: `numbers are exact up to ${Number.MAX_SAFE_INTEGER}`,
      });
      return this.#break(at);
    }
    return this.#keep(at, source, value);
  }

  #break(at: Pointer): null {
    this.broken.add(at);
    return null;
  }

  #keep(at: Pointer, source: string, value: Value): Value {
    this.written.set(at, source);
    return value;
  }

  #placeOf(node: Node): Place {
    const [start, end] = node.range ?? [0, 1];
    return this.#insideAlias ?? this.#place(start, end);
  }

  #exhaust(message: string): null {
    if (!this.exhausted) this.#error({ code: "manifest/alias", message, ...(this.#insideAlias === null ? {} : { at: this.#insideAlias }) });
    this.exhausted = true;
    return null;
  }

  #error(diagnostic: Omit<Diagnostic, "severity">): void {
    if (this.diagnostics.length < mostProblems) this.diagnostics.push({ ...diagnostic, severity: "error" });
  }
}

function isNode(value: unknown): value is Node {
  return isAlias(value) || isScalar(value) || isCollection(value);
}
