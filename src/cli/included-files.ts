import * as fs from "node:fs";
import * as path from "node:path";
import type { Include } from "../manifest/includes.ts";
import { includesOf } from "../manifest/includes.ts";
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

/**
 * The files with all that they include, each before the one that includes it and once, at its first place. `told` hears of every file as it is read.
 * Throws every problem of the way: `manifest/include`, `manifest/include-circle`, `manifest/include-limit`.
 */
export function withIncludes(given: readonly ManifestFile[], told: (file: ManifestFile) => void): readonly ManifestFile[] {
  const including = new Including(told);
  for (const file of given) including.add(file);
  if (including.problems.length > 0) throw new CloisterError(including.problems);
  return including.files;
}

class Including {
  readonly files: ManifestFile[] = [];
  readonly problems: Diagnostic[] = [];
  readonly #told: (file: ManifestFile) => void;
  readonly #included = new Set<string>();

  constructor(told: (file: ManifestFile) => void) {
    this.#told = told;
  }

  add(file: ManifestFile): void {
    this.#told(file);
    this.#follow([{ file, realPath: realPathOf(file.path) ?? "", at: null }]);
    this.files.push(file);
  }

  #follow(way: readonly Link[]): void {
    const from = way.at(-1)?.file;
    if (from === undefined) return;
    for (const include of includesOf({ path: from.name, text: from.text })) this.#include(include, { way, from });
  }

  #include({ path: written, at }: Include, { way, from }: { readonly way: readonly Link[]; readonly from: ManifestFile }): void {
    const whole = path.resolve(from.path === null ? process.cwd() : path.dirname(from.path), written);
    const name = path.isAbsolute(written) || from.path === null ? written : path.join(path.dirname(from.name), written);
    const realPath = realPathOf(whole);
    if (realPath !== null && this.#included.has(realPath) && way.every((link) => link.realPath !== realPath)) return;
    const refused = this.#refusal(way, { whole, name, realPath });
    if (refused !== null || realPath === null) {
      const also = way.flatMap((link) => (link.at === null ? [] : [{ message: `${link.file.name} is included here`, at: link.at }]));
      if (refused !== null) this.problems.push({ ...refused, severity: "error", at, also });
      return;
    }
    this.#included.add(realPath);
    try {
      const file = { name, path: whole, text: textOf(realPath), directory: fs.realpathSync(path.dirname(whole)) };
      this.#told(file);
      this.#follow([...way, { file, realPath, at }]);
      this.files.push(file);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.problems.push({ code: "manifest/include", severity: "error", message: `${whole} cannot be included`, at, cause });
    }
  }

  #refusal(way: readonly Link[], { whole, name, realPath }: Included): Pick<Diagnostic, "code" | "message" | "hint"> | null {
    if (realPath === null) {
      const hint = "paths start at the directory of the file that includes";
      return { code: "manifest/include", message: `there is no ${whole} to include`, hint };
    }
    if (way.some((link) => link.realPath === realPath)) {
      const hint = "put what they share into a file of its own";
      return { code: "manifest/include-circle", message: `${name} is included by what it includes`, hint };
    }
    if (way.length > mostDeep) return { code: "manifest/include-limit", message: `files include each other more than ${mostDeep} deep` };
    if (this.#included.size < mostFiles) return null;
    return { code: "manifest/include-limit", message: `more than ${mostFiles} files are included` };
  }
}

interface Included {
  readonly whole: string;
  readonly name: string;
  readonly realPath: string | null;
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
