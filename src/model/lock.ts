import type { LockedPackages } from "./locked-packages.ts";
import { parsePackages, sortedPackages } from "./locked-packages.ts";
import { compare, isDigest, isEpoch, isObject, isText, isTexts, isWord } from "./locked-words.ts";

/** The release file by which packages were found. */
export interface LockedRelease {
  readonly suite: string;
  readonly codename: string;
  /** As the release file has it. */
  readonly date: string;
  readonly valid_until: string | null;
  /** sha256 of the release file. */
  readonly in_release: string;
  /** Fingerprints of the keys of the keyring that have signed it. */
  readonly keys: readonly string[];
}

/** Everything that it takes to build a root again, and what comes of it: one entry of a lock. */
export interface LockedRoot {
  readonly name: string;
  /** What was asked for: see `rootSpec`. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly release: LockedRelease;
  readonly builder: {
    readonly name: string;
    readonly version: string | null;
    /** The number of our own way to build: another one makes other roots. */
    readonly recipe: number;
    readonly options: readonly string[];
  };
  /** The date of the build, and the newest that a file has: seconds since 1970. */
  readonly epoch: number;
  /** What is taken out or set, because it would differ from machine to machine. */
  readonly normalisation: readonly string[];
  readonly result: LockedResult;
  /** By name. */
  readonly packages: LockedPackages;
}

/** What a build must come to. */
export interface LockedResult {
  /** sha256 of the tree as a tar with sorted names: the same whatever makes the image. */
  readonly tree: string;
  /** Files, directories and links in it. */
  readonly files: number;
  /** sha256 of the image, where `mkfs` makes it; null: the tree is kept as it is. */
  readonly image: string | null;
  /** What made the image, with its version. */
  readonly mkfs: string | null;
}

/** One layer over a locked root or layer. */
export interface LockedLayer {
  readonly name: string;
  /** The digest of the entry that it lies on. */
  readonly over: string;
  /** What was asked for: see `layerSpec`. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** What must come of it; null: it makes something else each time, or asks the network, and is not locked. */
  readonly result: LockedResult | null;
  /** Of packages: where they come from, the date of the build, and those that are added, by name. */
  readonly from: LayerPackages | null;
}

/** What a layer of packages is made of. */
export interface LayerPackages {
  readonly release: LockedRelease;
  readonly recipe: number;
  readonly epoch: number;
  readonly packages: LockedPackages;
}

/** A lock: roots and layers over them, each with the projects that ask for it. */
export interface Lock {
  readonly roots: readonly { readonly projects: readonly string[]; readonly root: LockedRoot }[];
  readonly layers: readonly { readonly projects: readonly string[]; readonly layer: LockedLayer }[];
}

const schema = "cloister/lock/v1";

/** A lock as text: the same for the same roots, a line for each fact. */
export function lockText({ roots, layers }: Lock): string {
  const writtenLayers = written(layers.map(({ projects, layer }) => ({ projects, entry: orderedLayer(layer) })));
  const own = { schema, roots: written(roots.map(({ projects, root }) => ({ projects, entry: ordered(root) }))) };
  return `${JSON.stringify(writtenLayers.length === 0 ? own : { ...own, layers: writtenLayers }, null, 2)}\n`;
}

function written(entries: readonly { readonly projects: readonly string[]; readonly entry: LockedRoot | LockedLayer }[]) {
  const sorted = entries.map(({ projects, entry }) => ({ projects: [...projects].sort(), entry, text: JSON.stringify(entry) }));
  sorted.sort((one, other) => compare(one.entry.name, other.entry.name) || compare(one.text, other.text));
  return sorted.map(({ projects, entry: { name, ...rest } }) => ({ name, projects, ...rest }));
}

/** What a lock's text says, or why it is not believed: garbage, a conflict of git, something that a build must not be told. */
export function parseLock(text: string): Lock | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const conflict = /^<<<<<<< /m.test(text) ? "it has conflicts that are not resolved" : null;
    return { problem: conflict ?? `it is no JSON: ${error instanceof Error ? error.message : ""}` };
  }
  if (!isObject(value) || value.schema !== schema) {
    const other = isObject(value) && isText(value.schema) && /^cloister\/lock\/v\d+$/.test(value.schema) ? value.schema : null;
    return { problem: other !== null ? `it is ${other}, and this cloister knows ${schema}: it takes a newer one` : `it is no ${schema}` };
  }
  if (!Array.isArray(value.roots)) return { problem: "roots is no list" };
  if (value.layers !== undefined && !Array.isArray(value.layers)) return { problem: "layers is no list" };
  const roots = parseEntries("roots", value.roots, parseLockedRoot);
  if (typeof roots === "string") return { problem: roots };
  const layers = parseEntries("layers", value.layers ?? [], parseLockedLayer);
  if (typeof layers === "string") return { problem: layers };
  return {
    roots: roots.map(({ projects, entry }) => ({ projects, root: entry })),
    layers: layers.map(({ projects, entry }) => ({ projects, layer: entry })),
  };
}

function parseEntries<Entry>(
  what: string,
  entries: readonly unknown[],
  parse: (value: unknown) => Entry | string,
): readonly { readonly projects: readonly string[]; readonly entry: Entry }[] | string {
  const found: { readonly projects: readonly string[]; readonly entry: Entry }[] = [];
  for (const [index, value] of entries.entries()) {
    const entry = parse(value);
    if (typeof entry === "string") return `${what}[${index}]: ${entry}`;
    found.push({ projects: isObject(value) && isTexts(value.projects) ? value.projects : [], entry });
  }
  return found;
}

/** One entry of a lock, or what of it is not believed. Keys that are not known are left out. */
export function parseLockedRoot(value: unknown): LockedRoot | string {
  if (!isObject(value)) return "it is no object";
  const { name, spec, release, builder, epoch, normalisation, result, packages } = value;
  if (!isText(name) || !isObject(spec)) return "it has no name or no spec";
  const place = parseRelease(release);
  if (typeof place === "string") return place;
  if (!isObject(builder) || !isText(builder.name) || typeof builder.recipe !== "number" || !isTexts(builder.options))
    return "builder has no name, no recipe or no options";
  if (!isEpoch(epoch)) return "epoch is no number of seconds";
  if (!isTexts(normalisation)) return "normalisation is no list";
  const made = parseResult(result);
  if (typeof made === "string") return made;
  const found = parsePackages(packages);
  if (typeof found === "string") return found;
  return ordered({
    ...{ name, spec, epoch, normalisation, packages: found, release: place, result: made },
    builder: {
      name: builder.name,
      version: isText(builder.version) ? builder.version : null,
      recipe: builder.recipe,
      options: builder.options,
    },
  });
}

/** One entry of a lock's layers, likewise. */
export function parseLockedLayer(value: unknown): LockedLayer | string {
  if (!isObject(value)) return "it is no object";
  const { name, over, spec, result, from } = value;
  if (!isText(name) || !isObject(spec) || !isDigest(over)) return "it has no name, no spec or nothing that it lies on";
  const made = result === null ? null : parseResult(result);
  if (typeof made === "string") return made;
  if (from === null) return orderedLayer({ name, over, spec, result: made, from: null });
  if (!isObject(from) || typeof from.recipe !== "number" || !isEpoch(from.epoch)) return "from has no recipe or no epoch";
  const release = parseRelease(from.release);
  if (typeof release === "string") return release;
  const packages = parsePackages(from.packages);
  if (typeof packages === "string") return packages;
  return orderedLayer({ name, over, spec, result: made, from: { release, recipe: from.recipe, epoch: from.epoch, packages } });
}

function parseRelease(release: unknown): LockedRelease | string {
  if (!isObject(release) || !isWord(release.suite) || !isWord(release.codename)) return "release has no suite or no codename";
  const { suite, codename, date, valid_until, in_release, keys } = release;
  if (!isText(date) || !isDigest(in_release) || !isTexts(keys)) return "release has no date, no in_release or no keys";
  if (valid_until !== null && !isText(valid_until)) return "release.valid_until is no date";
  return { suite, codename, date, valid_until, in_release, keys };
}

function parseResult(result: unknown): LockedResult | string {
  if (!isObject(result) || !isDigest(result.tree) || typeof result.files !== "number") return "result has no tree or no files";
  const { tree, files, image, mkfs } = result;
  if ((image !== null && !isDigest(image)) || (mkfs !== null && !isText(mkfs))) return "result.image or result.mkfs is none";
  return { tree, files, image, mkfs };
}

/** An entry of either kind, or null. */
export function parseLockEntry(value: unknown): LockedRoot | LockedLayer | null {
  const entry = isObject(value) && "over" in value ? parseLockedLayer(value) : parseLockedRoot(value);
  return typeof entry === "string" ? null : entry;
}

/** The packages that an entry names. */
export function packagesOfEntry(entry: LockedRoot | LockedLayer): LockedPackages {
  return "over" in entry ? (entry.from?.packages ?? {}) : entry.packages;
}

/** Every entry of a lock, roots first. */
export function entriesOf({ roots, layers }: Lock): readonly (LockedRoot | LockedLayer)[] {
  return [...roots.map(({ root }) => root), ...layers.map(({ layer }) => layer)];
}

/** What a locked root is known by in the store. */
export function lockedKey(digest: string): string {
  return digest.slice(0, 16);
}

/** The same with its keys in the order in which they are written and digested. */
export function ordered({ name, spec, release, builder, epoch, normalisation, result, packages }: LockedRoot): LockedRoot {
  return { name, spec, release, builder, epoch, normalisation, result, packages: sortedPackages(packages) };
}

/** The same of a layer. */
export function orderedLayer({ name, over, spec, result, from }: LockedLayer): LockedLayer {
  if (from === null) return { name, over, spec, result, from };
  const { release, recipe, epoch, packages } = from;
  return { name, over, spec, result, from: { release, recipe, epoch, packages: sortedPackages(packages) } };
}
