import { compare, isDigest, isObject, isText, isWord } from "./locked-words.ts";

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

/** Packages by name. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** The fields of a stanza that are locked, in the order in which they are written. */
const lockedFields = [
  // apt takes one that has another size or other dependencies than what is installed for another version, and installs it again.
  ...["Source", "Essential", "Important", "Protected", "Priority", "Section", "Installed-Size", "Multi-Arch"],
  ...["Pre-Depends", "Depends", "Recommends", "Provides", "Conflicts", "Breaks", "Replaces"],
] as const;

/** The index of an archive that has these packages and no others, as apt reads it. */
export function packagesIndex(packages: LockedPackages): string {
  return Object.entries(packages)
    .map(([name, { version, architecture, fields, filename, size, sha256 }]) => {
      const own = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
      const head = [`Package: ${name}`, `Version: ${version}`, `Architecture: ${architecture}`];
      return `${[...head, ...own, `Filename: ${filename}`, `Size: ${size}`, `SHA256: ${sha256}`].join("\n")}\n\n`;
    })
    .join("");
}

/** The packages of an archive's stanzas by name, of several of one name the first. Throws where a stanza lacks what a lock needs. */
export function packagesOf(stanzas: string): LockedPackages {
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

/** Packages by name as they stand in a lock, or what of them is not believed. */
export function parsePackages(packages: unknown): LockedPackages | string {
  if (!isObject(packages)) return "packages is no map";
  const found: Record<string, LockedPackage> = {};
  for (const [key, one] of Object.entries(packages)) {
    const parsed = packagePattern.test(key) ? parsePackage(one) : "is no name of a package";
    if (typeof parsed === "string") return `packages.${key}: ${parsed}`;
    found[key] = parsed;
  }
  return found;
}

/** The same in the order in which they are written and digested. */
export function sortedPackages(packages: LockedPackages): LockedPackages {
  return Object.fromEntries(Object.entries(packages).sort(([one], [other]) => compare(one, other)));
}
