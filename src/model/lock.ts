/** One package of a locked root, as its archive's index has it. */
export interface LockedPackage {
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Below the mirror. */
  readonly filename: string;
  /** The fields of its stanza that decide what is installed and in which order, in the archive's words (see `lockedFields`). */
  readonly fields: Readonly<Record<string, string>>;
}

/** Everything that it takes to build a root again, and what comes of it: one entry of a lock. */
export interface LockedRoot {
  readonly name: string;
  /** What was asked for: see `rootSpec`. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly release: {
    readonly suite: string;
    readonly codename: string;
    /** As the release file has it. */
    readonly date: string;
    readonly valid_until: string | null;
    /** sha256 of the release file. */
    readonly in_release: string;
    /** Fingerprints of the keys of the keyring that have signed it. */
    readonly keys: readonly string[];
  };
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
  readonly packages: Readonly<Record<string, LockedPackage>>;
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

/** A lock: roots, each with the projects that ask for it. */
export interface Lock {
  readonly roots: readonly { readonly projects: readonly string[]; readonly root: LockedRoot }[];
}

/** The fields of a stanza that are locked, in the order in which they are written. */
const lockedFields = [
  // apt takes one that has another size or other dependencies than what is installed for another version, and installs it again.
  ...["Source", "Essential", "Important", "Protected", "Priority", "Section", "Installed-Size", "Multi-Arch"],
  ...["Pre-Depends", "Depends", "Recommends", "Provides", "Conflicts", "Breaks", "Replaces"],
] as const;

const schema = "cloister/lock/v1";

/** A lock as text: the same for the same roots, a line for each fact. */
export function lockText({ roots }: Lock): string {
  const sorted = roots.map(({ projects, root }) => ({ projects: [...projects].sort(), root: ordered(root) }));
  sorted.sort((one, other) => compare(one.root.name, other.root.name) || compare(JSON.stringify(one.root), JSON.stringify(other.root)));
  const written = sorted.map(({ projects, root: { name, ...rest } }) => ({ name, projects, ...rest }));
  return `${JSON.stringify({ schema, roots: written }, null, 2)}\n`;
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
  if (!isObject(value) || value.schema !== schema) return { problem: `it is no ${schema}` };
  if (!Array.isArray(value.roots)) return { problem: "roots is no list" };
  const entries: unknown[] = value.roots;
  const roots: Lock["roots"][number][] = [];
  for (const [index, entry] of entries.entries()) {
    const root = parseLockedRoot(entry);
    if (typeof root === "string") return { problem: `roots[${index}]: ${root}` };
    const projects = isObject(entry) && isTexts(entry.projects) ? entry.projects : [];
    roots.push({ projects, root });
  }
  return { roots };
}

/** One entry of a lock, or what of it is not believed. Keys that are not known are left out. */
export function parseLockedRoot(value: unknown): LockedRoot | string {
  if (!isObject(value)) return "it is no object";
  const { name, spec, release, builder, epoch, normalisation, result, packages } = value;
  if (!isText(name) || !isObject(spec)) return "it has no name or no spec";
  if (!isObject(release) || !isWord(release.suite) || !isWord(release.codename)) return "release has no suite or no codename";
  const { date, valid_until, in_release, keys } = release;
  if (!isText(date) || !isDigest(in_release) || !isTexts(keys)) return "release has no date, no in_release or no keys";
  if (valid_until !== null && !isText(valid_until)) return "release.valid_until is no date";
  if (!isObject(builder) || !isText(builder.name) || typeof builder.recipe !== "number" || !isTexts(builder.options))
    return "builder has no name, no recipe or no options";
  if (typeof epoch !== "number" || !Number.isSafeInteger(epoch) || epoch < 0) return "epoch is no number of seconds";
  if (!isTexts(normalisation)) return "normalisation is no list";
  if (!isObject(result) || !isDigest(result.tree) || typeof result.files !== "number") return "result has no tree or no files";
  const { image, mkfs } = result;
  if ((image !== null && !isDigest(image)) || (mkfs !== null && !isText(mkfs))) return "result.image or result.mkfs is none";
  if (!isObject(packages)) return "packages is no map";
  const found: Record<string, LockedPackage> = {};
  for (const [key, one] of Object.entries(packages)) {
    const parsed = packagePattern.test(key) ? parsePackage(one) : "is no name of a package";
    if (typeof parsed === "string") return `packages.${key}: ${parsed}`;
    found[key] = parsed;
  }
  return ordered({
    ...{ name, spec, epoch, normalisation, packages: found },
    release: { suite: release.suite, codename: release.codename, date, valid_until, in_release, keys },
    builder: {
      name: builder.name,
      version: isText(builder.version) ? builder.version : null,
      recipe: builder.recipe,
      options: builder.options,
    },
    result: { tree: result.tree, files: result.files, image, mkfs },
  });
}

/** What a locked root is known by in the store. */
export function lockedKey(digest: string): string {
  return digest.slice(0, 16);
}

/** The index of an archive that has these packages and no others, as apt reads it. */
export function packagesIndex(packages: LockedRoot["packages"]): string {
  return Object.entries(packages)
    .map(([name, { version, architecture, fields, filename, size, sha256 }]) => {
      const own = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
      const head = [`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`];
      return `${[...head, ...own, `Filename: ${filename}`, `Size: ${size}`, `SHA256: ${sha256}`].join("\n")}\n\n`;
    })
    .join("");
}

/** The packages of an archive's stanzas by name, of several of one name the first. Throws where a stanza lacks what a lock needs. */
export function packagesOf(stanzas: string): LockedRoot["packages"] {
  const found = new Map<string, LockedPackage>();
  for (const stanza of stanzas.split(/\n{2,}/).filter((text) => text.trim() !== "")) {
    const fields = fieldsOf(stanza);
    const name = fields.get("Package") ?? "";
    if (found.has(name)) continue;
    const own = lockedFields.flatMap((field) => (fields.has(field) ? [[field, fields.get(field) ?? ""] as const] : []));
    const parsed = parsePackage({
      ...{ version: fields.get("Version"), architecture: fields.get("Architecture"), sha256: fields.get("SHA256") },
      ...{ size: Number(fields.get("Size")), filename: fields.get("Filename"), fields: Object.fromEntries(own) },
    });
    if (typeof parsed === "string" || !packagePattern.test(name))
      throw new Error(`the stanza of ${name} cannot be locked: ${String(parsed)}`);
    found.set(name, parsed);
  }
  return Object.fromEntries([...found].sort(([one], [other]) => compare(one, other)));
}

/** Fields of one stanza by name; continued lines are joined by a space. */
export function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const joined = stanza.replace(/\n[ \t]+/g, " ");
  return new Map([...joined.matchAll(/^([A-Za-z0-9-]+):[ \t]*(.*)$/gm)].map(([, name = "", value = ""]) => [name, value.trim()]));
}

const packagePattern = /^[a-z0-9][a-z0-9+.-]{0,127}$/;

/** What of it reaches a shell or a path has no character that means anything there. */
function parsePackage(value: unknown): LockedPackage | string {
  if (!isObject(value)) return "is no object";
  const { version, architecture, sha256, size, filename, fields } = value;
  if (!isText(version) || !/^[A-Za-z0-9][A-Za-z0-9.+:~-]{0,255}$/.test(version)) return "has no version";
  if (!isWord(architecture)) return "has no architecture";
  if (!isDigest(sha256)) return "has no sha256";
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return "has no size";
  const path = isText(filename) && /^(\.\/)?[A-Za-z0-9_][A-Za-z0-9._+:~%/-]{0,511}$/.test(filename) ? filename : null;
  if (path === null || path.split("/").includes("..")) return "has no filename below the mirror";
  if (!isObject(fields)) return "has no fields";
  const own: Record<string, string> = {};
  for (const field of lockedFields) {
    const text = fields[field];
    if (text === undefined) continue;
    if (!isText(text)) return `${field} is no line`;
    own[field] = text;
  }
  return { version, architecture, sha256, size, filename: path, fields: own };
}

/** The same with its keys in the order in which they are written and digested. */
export function ordered({ name, spec, release, builder, epoch, normalisation, result, packages }: LockedRoot): LockedRoot {
  const sorted = Object.fromEntries(Object.entries(packages).sort(([one], [other]) => compare(one, other)));
  return { name, spec, release, builder, epoch, normalisation, result, packages: sorted };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One line. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && ![...value].some((one) => one < " " || one === "\x7f");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isWord(value: unknown): value is string {
  return isText(value) && /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/.test(value);
}

function isDigest(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}
