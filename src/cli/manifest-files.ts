import { isUtf8 } from "node:buffer";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import { codeOf } from "../model/errno.ts";
import { nearestName } from "../model/nearest-name.ts";

/** One manifest as it was read. `name` is how messages call it: as it was given, or `stdin`. */
export interface ManifestFile {
  readonly name: string;
  /** Absolute; null for standard input. */
  readonly path: string | null;
  readonly text: string;
  /** Of one that another includes: where its relative paths start. */
  readonly directory?: string;
  /** The names of the files that its environments extend, by their paths as it writes them. */
  readonly bases?: Readonly<Record<string, string>>;
}

const defaultFile = "cloister.yaml";
/** Larger than any manifest may be: what lies beyond is not read, and the reader of manifests refuses the rest by its size. */
const readLimit = 256 * 1024 + 4;

/** Reads the manifests that `-f` names: files, directories (their *.yaml and *.yml, sorted), `-`. Throws all that cannot be read at once. */
export function readManifestFiles(given: readonly string[]): readonly ManifestFile[] {
  const problems: Diagnostic[] = [];
  const files: ManifestFile[] = [];
  for (const name of given.length === 0 ? [defaultFile] : given) {
    try {
      files.push(...(name === "-" ? [readOne("stdin", 0)] : readNamed(name)));
    } catch (error) {
      problems.push(unreadable(name, { error, byDefault: given.length === 0 }));
    }
  }
  if (problems.length > 0) throw new CloisterError(problems);
  return files;
}

/** What `-f` names, absolute: the files, and for directories `DIRECTORY/*`, whatever is in them. */
export function manifestPaths(given: readonly string[]): readonly string[] {
  return (given.length === 0 ? [defaultFile] : given).flatMap((name) => {
    const file = path.resolve(name);
    const isDirectory = fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
    return isDirectory ? [file, path.join(file, "*")] : [file];
  });
}

function readNamed(name: string): readonly ManifestFile[] {
  if (!fs.statSync(name).isDirectory()) return [readOne(name, name)];
  const inside = yamlFiles(name);
  if (inside.length === 0) {
    throw new CloisterError({
      code: "manifest/not-found",
      severity: "error",
      message: `the directory ${name} holds no *.yaml`,
      hint: "name the manifest itself with -f",
    });
  }
  return inside.map((file) => path.join(name, file)).map((file) => readOne(file, file));
}

function readOne(name: string, from: string | 0): ManifestFile {
  const descriptor = from === 0 ? 0 : fs.openSync(from, "r");
  try {
    return { name, path: from === 0 ? null : path.resolve(from), text: decoded(readUpTo(descriptor)) };
  } finally {
    if (descriptor !== 0) fs.closeSync(descriptor);
  }
}

/** The text of bytes; throws where they are none. */
export function decoded(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Error("it is not UTF-8 text");
  return bytes.toString("utf8");
}

/** What a descriptor gives, up to the limit. */
export function readUpTo(descriptor: number, limit = readLimit): Buffer {
  const buffer = Buffer.allocUnsafe(limit);
  let length = 0;
  while (length < limit) {
    const count = fs.readSync(descriptor, buffer, length, limit - length, null);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function yamlFiles(directory: string): readonly string[] {
  return fs
    .readdirSync(directory)
    .filter((file) => /^[^.].*\.ya?ml$/.test(file))
    .sort();
}

function unreadable(name: string, { error, byDefault }: { readonly error: unknown; readonly byDefault: boolean }): Diagnostic {
  if (error instanceof CloisterError) return error.diagnostics[0] ?? unreadable(name, { error: null, byDefault });
  const missing = codeOf(error) === "ENOENT";
  if (missing)
    return {
      code: "manifest/not-found",
      severity: "error",
      message: `there is no ${name} in ${directoryOf(name)}`,
      hint: missingHint(name, byDefault),
    };
  return {
    code: "manifest/unreadable",
    severity: "error",
    message: `${name} cannot be read`,
    cause: error instanceof Error ? error.message : String(error),
  };
}

function missingHint(name: string, byDefault: boolean): string {
  const directory = path.dirname(name);
  const others = fs.existsSync(directory) ? yamlFiles(directory) : [];
  const near = nearestName(path.basename(name), others);
  if (!byDefault && near !== null) return `did you mean ${path.join(directory, near)}?`;
  if (others.length > 0) return `here are ${others.slice(0, 5).join(", ")}: name one with -f`;
  return "name a manifest with -f, or go to its directory with -C";
}

function directoryOf(name: string): string {
  return path.dirname(path.resolve(name));
}
