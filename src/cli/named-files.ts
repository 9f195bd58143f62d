import * as fs from "node:fs";
import * as path from "node:path";
import type { NamedFile } from "../manifest/named-files.ts";
import { filesNamedBy } from "../manifest/named-files.ts";
import type { Variables } from "../manifest/variables.ts";
import type { Diagnostic, Place } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { ManifestFile } from "./manifest-files.ts";
import { decoded, readUpTo } from "./manifest-files.ts";

/** How deep files may include each other, and how many altogether: what they say is merged for every one of them. */
const mostDeep = 16;
const mostFiles = 100;

/** A file on the way to what it includes; `at`: where the one before it says so, null of the first. */
interface Link {
  readonly file: ManifestFile;
  readonly realPath: string;
  readonly at: Place | null;
}

/** Manifests with all that they name. */
export interface AllFiles {
  /** Each after what it includes, and once, at its first place. */
  readonly files: readonly ManifestFile[];
  /** The files whose environments are extended, by name, likewise with what they include. */
  readonly bases: Readonly<Record<string, readonly ManifestFile[]>>;
}

/** What the reading of manifests works with. `told` hears of every file as it is read. */
export interface Following {
  readonly variables: Variables;
  readonly told: (file: ManifestFile) => void;
}

/**
 * The files with all that they include and extend from. Throws every problem of the way: `manifest/include`, `manifest/include-circle`,
 * `manifest/include-limit`, `manifest/extends`.
 */
export function withNamedFiles(given: readonly ManifestFile[], following: Following): AllFiles {
  const shared: Shared = { following, problems: [], bases: new Map(), names: new Map(), count: 0 };
  const including = new Including(shared);
  for (const file of given) including.add(file);
  if (shared.problems.length > 0) throw new CloisterError(shared.problems);
  return { files: including.files, bases: Object.fromEntries(shared.bases) };
}

/** What the readings of all files have in common. */
interface Shared {
  readonly following: Following;
  readonly problems: Diagnostic[];
  /** By name. */
  readonly bases: Map<string, readonly ManifestFile[]>;
  /** The names of bases, by real path. */
  readonly names: Map<string, string>;
  count: number;
}

class Including {
  readonly files: ManifestFile[] = [];
  readonly #shared: Shared;
  readonly #included = new Set<string>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  add(file: ManifestFile): void {
    this.#shared.following.told(file);
    const bases = this.#follow([{ file, realPath: realPathOf(file.path) ?? "", at: null }]);
    this.files.push({ ...file, ...bases });
  }

  /** What the last file of the way includes, and then the names of what it extends from, where it does. */
  #follow(way: readonly Link[]): Pick<ManifestFile, "bases"> {
    const from = way.at(-1)?.file;
    if (from === undefined) return {};
    const named = filesNamedBy({ path: from.name, text: from.text }, this.#shared.following.variables);
    for (const include of named.includes) this.#include(include, { way, from });
    if (named.bases.length === 0) return {};
    return { bases: Object.fromEntries(named.bases.flatMap((base) => this.#base(base, from))) };
  }

  #include({ path: written, at }: NamedFile, { way, from }: { readonly way: readonly Link[]; readonly from: ManifestFile }): void {
    const found = foundFrom(from, written);
    const { realPath } = found;
    if (realPath !== null && this.#included.has(realPath) && way.every((link) => link.realPath !== realPath)) return;
    const refused = this.#refusal(way, found);
    if (refused !== null || realPath === null) {
      const also = way.flatMap((link) => (link.at === null ? [] : [{ message: `${link.file.name} is included here`, at: link.at }]));
      if (refused !== null) this.#shared.problems.push({ ...refused, severity: "error", at, also });
      return;
    }
    this.#included.add(realPath);
    this.#shared.count += 1;
    const file = this.#read({ ...found, realPath }, { code: "manifest/include", verb: "included", at });
    if (file === null) return;
    const bases = this.#follow([...way, { file, realPath, at }]);
    this.files.push({ ...file, ...bases });
  }

  /** Reads a file whose environments are extended, where that is not done yet; its path as written with its name. */
  #base({ path: given, written, at }: NamedFile, from: ManifestFile): readonly (readonly [string, string])[] {
    const found = foundFrom(from, given);
    const { name, whole, realPath } = found;
    const problem = { severity: "error", at } as const;
    if (realPath === null) {
      const hint = "paths start at the directory of the file that says it";
      this.#shared.problems.push({ ...problem, code: "manifest/extends", message: `there is no ${whole} to extend from`, hint });
      return [];
    }
    const known = this.#shared.names.get(realPath);
    if (known !== undefined) return [[written, known]];
    if (this.#shared.count >= mostFiles) {
      this.#shared.problems.push({ ...problem, code: "manifest/include-limit", message: tooMany });
      return [];
    }
    this.#shared.count += 1;
    this.#shared.names.set(realPath, name);
    const file = this.#read({ ...found, realPath }, { code: "manifest/extends", verb: "extended from", at });
    if (file === null) return [];
    const including = new Including(this.#shared);
    including.add(file);
    this.#shared.bases.set(name, including.files);
    return [[written, name]];
  }

  #read(
    { name, whole, realPath }: Found & { readonly realPath: string },
    { code, verb, at }: { readonly code: "manifest/include" | "manifest/extends"; readonly verb: string; readonly at: Place },
  ): ManifestFile | null {
    try {
      const file = { name, path: whole, text: textOf(realPath), directory: fs.realpathSync(path.dirname(whole)) };
      this.#shared.following.told(file);
      return file;
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.#shared.problems.push({ code, severity: "error", message: `${whole} cannot be ${verb}`, at, cause });
      return null;
    }
  }

  #refusal(way: readonly Link[], { whole, name, realPath }: Found): Pick<Diagnostic, "code" | "message" | "hint"> | null {
    if (realPath === null) {
      const hint = "paths start at the directory of the file that includes";
      return { code: "manifest/include", message: `there is no ${whole} to include`, hint };
    }
    if (way.some((link) => link.realPath === realPath)) {
      const hint = "put what they share into a file of its own";
      return { code: "manifest/include-circle", message: `${name} is included by what it includes`, hint };
    }
    if (way.length > mostDeep) return { code: "manifest/include-limit", message: `files include each other more than ${mostDeep} deep` };
    return this.#shared.count < mostFiles ? null : { code: "manifest/include-limit", message: tooMany };
  }
}

const tooMany = `more than ${mostFiles} files are included`;

/** A path that a file names: whole, as messages call it, and its real path where it is there. */
interface Found {
  readonly whole: string;
  readonly name: string;
  readonly realPath: string | null;
}

function foundFrom(from: ManifestFile, written: string): Found {
  const whole = path.resolve(from.path === null ? process.cwd() : path.dirname(from.path), written);
  const name = path.isAbsolute(written) || from.path === null ? written : path.join(path.dirname(from.name), written);
  return { whole, name, realPath: realPathOf(whole) };
}

function realPathOf(file: string | null): string | null {
  try {
    return file === null ? null : fs.realpathSync(file);
  } catch {
    return null;
  }
}

/** Of a regular file alone: nobody is there to end a pipe. */
function textOf(file: string): string {
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    if (!fs.fstatSync(descriptor).isFile()) throw new Error("it is no regular file");
    return decoded(readUpTo(descriptor));
  } finally {
    fs.closeSync(descriptor);
  }
}
