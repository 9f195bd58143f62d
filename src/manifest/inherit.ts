import type { Diagnostic, Place } from "../model/diagnostic.ts";
import { didYouMean } from "../model/nearest-name.ts";
import { expand, expansionBudget, faultCode } from "./expand.ts";
import { merge } from "./merge.ts";
import { quoted } from "./shown.ts";
import type { Source } from "./source.ts";
import type { Pointer, Spot, Tree, Value } from "./tree.ts";
import { inside, isList, isMap, item } from "./tree.ts";
import type { Variables } from "./variables.ts";

/** How long a chain of environments may be that extend each other, and how many values may be passed on altogether. */
const mostDeep = 16;
const mostValues = 100_000;

/** What belongs to an environment itself and is not passed on. */
const own = ["extends", "profiles", "moved_from"];

/** The other files that environments extend, by name, each merged with what it includes; and how their paths are called where they are written. */
export interface Ancestry {
  readonly bases: ReadonlyMap<string, Tree>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly variables: Variables;
}

/** A manifest whose environments have what they extend. */
export interface Inherited {
  readonly tree: Tree;
  readonly problems: readonly Diagnostic[];
  /** Environments whose base could not be found out: what they lack may be there. */
  readonly unresolved: ReadonlySet<string>;
}

/** Whether a text of a manifest may have an `extends`: a key can also be written by its characters' numbers. */
export function mayExtend(text: string): boolean {
  return /extends|\\[xuU]/.test(text);
}

/** Gives every environment what the one says that it extends, under what it says itself. */
export function inherit(tree: Tree, ancestry: Ancestry): Inherited {
  const environments = item(tree.value, "environments");
  const heirs = isMap(environments) ? Object.keys(environments).filter((name) => isWritten(item(environments[name], "extends"))) : [];
  if (heirs.length === 0) return { tree, problems: [], unresolved: new Set() };
  const heritage = new Heritage(tree, ancestry);
  const spots = new Map(tree.spots);
  const written = new Map(tree.written);
  const broken = new Set(tree.broken);
  const removed = new Set(tree.removed);
  const map: Record<string, Value> = isMap(environments) ? { ...environments } : {};
  for (const name of heirs) {
    const { tree: whole } = heritage.environment({ file: null, name }, []);
    map[name] = item(item(whole.value, "environments"), name) ?? null;
    for (const [at, spot] of whole.spots) spots.set(at, spot);
    for (const [at, text] of whole.written) written.set(at, text);
    for (const at of whole.broken) broken.add(at);
    for (const at of whole.removed ?? []) removed.add(at);
  }
  const value = isMap(tree.value) ? { ...tree.value, environments: map } : tree.value;
  return { tree: { value, spots, written, broken, removed }, problems: heritage.problems, unresolved: heritage.unresolved };
}

function isWritten(value: Value | undefined): boolean {
  return typeof value === "string" || isMap(value);
}

/** One environment: of the project itself, or of another file. */
interface Subject {
  readonly file: string | null;
  readonly name: string;
}

/** One environment on the way to what it extends, and where it says so. */
interface Link extends Subject {
  readonly at: Place | undefined;
}

/** An environment with all that it inherits, over how many others. */
interface Whole {
  readonly tree: Tree;
  readonly depth: number;
}

class Heritage {
  readonly problems: Diagnostic[] = [];
  readonly unresolved = new Set<string>();
  readonly #tree: Tree;
  readonly #ancestry: Ancestry;
  readonly #known = new Map<string, Whole>();
  /** By key, of other files too. */
  readonly #unresolved = new Set<string>();
  #values = 0;
  #exceeded = false;

  constructor(tree: Tree, ancestry: Ancestry) {
    this.#tree = tree;
    this.#ancestry = ancestry;
  }

  /** A tree with this environment alone, and all that it inherits. */
  environment(subject: Subject, way: readonly Link[]): Whole {
    const key = keyOf(subject);
    const known = this.#known.get(key) ?? this.#whole(subject, way);
    this.#known.set(key, known);
    return known;
  }

  #whole(subject: Subject, way: readonly Link[]): Whole {
    const { file, name } = subject;
    const tree = this.#treeOf(file);
    const alone = taken(tree, { name, as: name, without: [] }).tree;
    const at = inside(inside("/environments", name), "extends");
    const extended = item(item(item(tree.value, "environments"), name), "extends");
    if (extended === undefined || !isWritten(extended)) return { tree: alone, depth: 0 };
    const link = { ...subject, at: tree.spots.get(at)?.value };
    const base = this.#base({ tree, at, value: extended, link }, way);
    if (base === null) return this.#lost(subject, alone);
    const { tree: inherited, depth } = this.environment(base, [...way, link]);
    if (this.#unresolved.has(keyOf(base)) || this.#exceeded) return this.#lost(subject, alone);
    const passed = taken(inherited, { name: base.name, as: name, without: own });
    this.#values += passed.count;
    if (depth >= mostDeep)
      return this.#exceed(`environments extend each other more than ${mostDeep} deep`, { subject, alone, at: link.at });
    if (this.#values > mostValues)
      return this.#exceed(`more than ${mostValues} values are passed on by extends`, { subject, alone, at: link.at });
    return { tree: merge([passed.tree, alone]), depth: depth + 1 };
  }

  /** What it inherits is not known. */
  #lost(subject: Subject, alone: Tree): Whole {
    this.#unresolved.add(keyOf(subject));
    if (subject.file === null) this.unresolved.add(subject.name);
    return { tree: withNullsRemoved(alone, subject.name), depth: 0 };
  }

  #exceed(
    message: string,
    { subject, alone, at }: { readonly subject: Subject; readonly alone: Tree; readonly at: Place | undefined },
  ): Whole {
    if (!this.#exceeded) this.#report({ code: "manifest/extends-limit", message, hint: "extend what they share directly" }, at);
    this.#exceeded = true;
    return this.#lost(subject, alone);
  }

  /** What is extended; null where that is nothing, which is told. */
  #base(
    { tree, at, value, link }: { readonly tree: Tree; readonly at: Pointer; readonly value: Value; readonly link: Link },
    way: readonly Link[],
  ): Subject | null {
    // A key that is none is told with the others of the manifest.
    if (isMap(value) && Object.keys(value).some((key) => key !== "file" && key !== "environment")) return null;
    const name = this.#text(isMap(value) ? item(value, "environment") : value, link);
    if (name === null) return null;
    const file =
      isMap(value) && item(value, "file") !== undefined
        ? this.#file(tree, inside(at, "file"), { value: item(value, "file"), from: link.file })
        : link.file;
    if (file === undefined) return null;
    const place = tree.spots.get(isMap(value) ? inside(at, "environment") : at)?.value ?? link.at;
    const subject = { file, name };
    const chain = [...way, link];
    const first = chain.findIndex((one) => keyOf(one) === keyOf(subject));
    if (first !== -1) return this.#circle(chain.slice(first), place);
    // Nothing recursive goes deeper than what is told to be too deep.
    if (chain.length > mostDeep + 1) return null;
    const environments = item(this.#treeOf(file).value, "environments");
    if (isMap(environments) && Object.hasOwn(environments, name)) return subject;
    const known = isMap(environments) ? Object.keys(environments) : [];
    const where = file === null ? "" : ` in ${file}`;
    const hint =
      didYouMean(name, known) ??
      (known.length === 0 ? "it has no environments" : `there ${known.length === 1 ? "is" : "are"} ${known.slice(0, 8).join(", ")}`);
    return this.#report({ code: "manifest/extends", message: `there is no environment ${quoted(name)}${where} to extend`, hint }, place);
  }

  /** The name of the file that is meant; undefined where it was not read. */
  #file(tree: Tree, at: Pointer, { value, from }: { readonly value: Value | undefined; readonly from: string | null }): string | undefined {
    const place = tree.spots.get(at)?.value;
    const path = this.#text(value, { file: from, at: place });
    if (path === null || typeof value !== "string") return undefined;
    const name = this.#ancestry.sources.get(place?.file ?? "")?.bases?.[value];
    if (name !== undefined && this.#ancestry.bases.has(name)) return name;
    this.#report(
      {
        code: "manifest/extends",
        message: `there is no ${quoted(path)} to extend from`,
        hint: "paths start at the directory of the file that says it",
      },
      place,
    );
    return undefined;
  }

  /** With its variables. What is wrong with them is told where all of the project's are; of another file, here. */
  #text(value: Value | undefined, { file, at }: Pick<Link, "file" | "at">): string | null {
    if (typeof value !== "string") return null;
    const { text, fault } = expand(value, (name) => this.#ancestry.variables.find(name)?.value, expansionBudget());
    if (fault === null) return text;
    return file === null ? null : this.#report({ code: faultCode(fault), message: fault.message, hint: fault.hint }, at);
  }

  #circle(circle: readonly Link[], at: Place | undefined): null {
    const names = [...circle, circle[0]].flatMap((link) =>
      link === undefined ? [] : [link.file === null ? link.name : `${link.name} (${link.file})`],
    );
    const also = circle
      .slice(0, -1)
      .flatMap((link, index) =>
        link.at === undefined ? [] : [{ message: `${link.name} extends ${circle[index + 1]?.name}`, at: link.at }],
      );
    return this.#report(
      {
        code: "manifest/extends-circle",
        message: `environments extend each other in a circle: ${names.join(" -> ")}`,
        also,
        hint: "put what they share into an environment of its own",
      },
      at,
    );
  }

  #treeOf(file: string | null): Tree {
    return file === null ? this.#tree : (this.#ancestry.bases.get(file) ?? this.#tree);
  }

  #report(problem: Omit<Diagnostic, "severity" | "at">, at: Place | undefined): null {
    this.problems.push({ ...problem, severity: "error", ...(at === undefined ? {} : { at }) });
    return null;
  }
}

function keyOf({ file, name }: Subject): string {
  return `${file ?? ""}\0${name}`;
}

/** One environment of a tree as a tree of its own, under another name and without some of its keys; and how many values it has. */
function taken(tree: Tree, { name, as, without }: { readonly name: string; readonly as: string; readonly without: readonly string[] }) {
  const spots = new Map<Pointer, Spot>();
  const written = new Map<Pointer, string>();
  const broken = new Set<Pointer>();
  const removed = new Set<Pointer>();
  let count = 0;
  const take = (value: Value, before: Pointer, after: Pointer): void => {
    count += 1;
    const [spot, text] = [tree.spots.get(before), tree.written.get(before)];
    if (spot !== undefined) spots.set(after, spot);
    if (text !== undefined) written.set(after, text);
    if (tree.broken.has(before)) broken.add(after);
    if (tree.removed?.has(before) === true) removed.add(after);
    for (const [key, one] of partsOf(value)) take(one, inside(before, key), inside(after, key));
  };
  const found = item(item(tree.value, "environments"), name) ?? null;
  const value = isMap(found) ? Object.fromEntries(Object.entries(found).filter(([key]) => !without.includes(key))) : found;
  take(value, inside("/environments", name), inside("/environments", as));
  const part: Tree = { value: { environments: { [as]: value } }, spots, written, broken, removed };
  return { tree: part, count };
}

function partsOf(value: Value): readonly (readonly [string, Value])[] {
  return isMap(value) || isList(value) ? Object.entries(value) : [];
}

/** What may have taken something away that is not known. */
function withNullsRemoved(tree: Tree, name: string): Tree {
  const removed = new Set(tree.removed);
  const walk = (value: Value, here: Pointer): void => {
    if (value === null && !tree.broken.has(here)) removed.add(here);
    if (isMap(value)) for (const [key, one] of Object.entries(value)) walk(one, inside(here, key));
  };
  walk(item(item(tree.value, "environments"), name) ?? {}, inside("/environments", name));
  return { ...tree, removed };
}
