import { resolve } from "node:path/posix";
import type { Place } from "../model/diagnostic.ts";
import type { EnvFile } from "./env-file.ts";
import type { Findings } from "./findings.ts";
import { quoted } from "./shown.ts";
import type { Pointer, Tree } from "./tree.ts";
import { inside } from "./tree.ts";

/** A file of the host as it was read whole, or why it was not, in words that follow its name. */
export type ReadFile = { readonly bytes: Uint8Array } | { readonly problem: string };

/** What stands for a file of the host where none is looked at. */
export const emptyFile: ReadFile = { bytes: new Uint8Array() };

/** A text file of the host, or why it could not be read, in words that follow its name; null: it is not there. */
export type ReadText = { readonly text: string } | { readonly problem: string } | null;

/** What stands for an env file where none is looked at. */
export const emptyText: ReadText = { text: "" };

/** What the reading of one environment needs beside its written form. */
export interface Reading {
  readonly name: string;
  /** `/environments/NAME`. */
  readonly at: Pointer;
  readonly tree: Tree;
  readonly findings: Findings;
  /** Where relative paths start, but for those of files that are included. */
  readonly directory: string;
  /** Where those of included files start, by the files' names. */
  readonly directories: ReadonlyMap<string, string>;
  /** Whether a path of the host exists; this room looks at no disk itself. */
  readonly exists: (path: string) => boolean;
  /** What a file of the host holds, likewise. */
  readonly read: (path: string) => ReadFile;
  /** What an env file of the host says, its problems told. */
  readonly envFile: (path: string) => EnvFile | Exclude<ReadText, { readonly text: string }>;
  /** Notes where a value stands that is not in the manifest. */
  readonly note: (at: Pointer, place: Place) => void;
}

/** Text as it was written: numbers, true and false too. */
export function textAt({ tree }: Reading, at: Pointer, value: string | number | boolean): string {
  return typeof value === "string" ? value : (tree.written.get(at) ?? String(value));
}

/** The words of a command as text; that nothing stands first, where what is run would, is told. */
export function wordsAt(reading: Reading, at: Pointer, words: readonly (string | number | boolean)[]): readonly string[] {
  const texts = words.map((word, index) => textAt(reading, inside(at, index), word));
  if (texts[0] === "") {
    const message = "the first word of a command is what is run, and it is empty";
    reading.findings.report({ code: "manifest/wrong-format", at: inside(at, 0), message });
  }
  return texts;
}

/** A map's values as text. */
export function textsAt(
  reading: Reading,
  at: Pointer,
  map: Readonly<Record<string, string | number | boolean>> = {},
): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, textAt(reading, inside(at, key), value)]));
}

/** A path on the host as it was written. */
export interface WrittenPath {
  readonly written: string;
  /** Whether it need not exist. */
  readonly optional: boolean;
}

/** As `hostPath`, for what is to be seen inside: the host's own root and its kernel file systems never are. */
export function exposedPath(reading: Reading, at: Pointer, written: WrittenPath): string {
  const path = hostPath(reading, at, written);
  if (path === "/" || /^\/(proc|sys)(\/|$)/.test(path)) {
    const message = `${quoted(path)} of the host must not be seen inside`;
    reading.findings.report({ code: "manifest/bad-source", at, message, hint: "take a directory of your own" });
  }
  return path;
}

/** The path on the host that a written one means; one that must exist and does not is told. */
export function hostPath(reading: Reading, at: Pointer, { written, optional }: WrittenPath): string {
  const { directory, directories, findings } = reading;
  const path = resolve(directories.get(findings.place(at)?.file ?? "") ?? directory, written);
  if (!optional && !reading.exists(path)) {
    const hint = "make it, or correct the path";
    findings.report({ code: "manifest/source-missing", at, message: `${quoted(path)} does not exist on this host`, hint });
  }
  return path;
}

/** Why a path inside an environment is not in its one canonical form, and that form where there is one; null when it is. */
export function pathFault(path: string): { readonly message: string; readonly hint?: string } | null {
  if (!path.startsWith("/")) return { message: "must be an absolute path", hint: `write "${resolve("/", path)}"` };
  if (path.split("/").includes("..")) return { message: 'must not contain ".."' };
  const normal = resolve("/", path);
  return normal === path ? null : { message: "is not in its shortest form", hint: `write "${normal}"` };
}

/** Tells why a path inside is not canonical; whether it is. */
export function checkPath(reading: Reading, at: Pointer, path: string): boolean {
  const fault = pathFault(path);
  if (fault === null) return true;
  const { message, hint } = fault;
  reading.findings.report({
    code: "manifest/bad-path",
    at,
    message: `${quoted(path)} ${message}`,
    ...(hint === undefined ? {} : { hint }),
  });
  return false;
}
