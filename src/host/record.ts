import * as fs from "node:fs";
import { CloisterError } from "../model/diagnostic.ts";
import { makeDirectory, removeFile, writeWhole } from "./files.ts";
import type { Recorded } from "./sealed.ts";
import { parsedLine, readSealed, readText, sealed } from "./sealed.ts";
import { secretKeyFile } from "./secrets.ts";

/** What is kept of a project in STATE/PROJECT: `generations/N.json`, each written once, and `events.jsonl`, which only grows. */
export interface ProjectRecord {
  /** The numbers of all generations, lowest first; also of those whose files are damaged. */
  numbers(): readonly number[];
  /** Throws `record/newer-version`. */
  read(number: number): Recorded;
  /** Throws `record/not-written`. */
  write(number: number, document: object): void;
  /** The events in order; lines that were cut are left out. */
  events(): readonly unknown[];
  append(event: object): void;
  /** Takes everything away, intents and the key of secrets too. */
  remove(): void;
}

/** The record of the project whose state is in `directory`. Nothing is made before something is written. */
export function recordAt(directory: string): ProjectRecord {
  const generations = `${directory}/generations`;
  const log = `${directory}/events.jsonl`;
  const fileOf = (number: number) => `${generations}/${number}.json`;
  return {
    numbers: () => numbersIn(generations),
    read: (number) => readSealed(fileOf(number)),
    write: (number, document) =>
      written(fileOf(number), () => {
        makeDirectory(generations, 0o700, undefined);
        for (const name of namesIn(generations)) if (name.endsWith(".tmp")) removeFile(`${generations}/${name}`);
        // A power cut ends what it tells of as well.
        writeWhole(fileOf(number), sealed(document), 0o600);
      }),
    events: () => readText(log).split("\n").flatMap(parsedLine),
    append: (event) =>
      written(log, () => {
        makeDirectory(directory, 0o700, undefined);
        appendLine(log, JSON.stringify(event));
      }),
    remove() {
      fs.rmSync(`${directory}/intents`, { recursive: true, force: true });
      fs.rmSync(generations, { recursive: true, force: true });
      removeFile(log);
      removeFile(secretKeyFile(directory));
    },
  };
}

function numbersIn(directory: string): readonly number[] {
  return namesIn(directory)
    .flatMap((name) => (/^[1-9]\d{0,8}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b);
}

function namesIn(directory: string): readonly string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

/** One write(2) at the end; after a line that was cut, on a line of its own. Nothing is decided by it, so that nothing waits for the disk. */
function appendLine(path: string, line: string): void {
  const descriptor = fs.openSync(path, "a+", 0o600);
  try {
    const { size } = fs.fstatSync(descriptor);
    const last = Buffer.alloc(1);
    if (size > 0) fs.readSync(descriptor, last, 0, 1, size - 1);
    fs.writeSync(descriptor, `${size > 0 && last.toString() !== "\n" ? "\n" : ""}${line}\n`);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Writes to a record; throws `record/not-written` where that fails. */
export function written(
  path: string,
  write: () => void,
  otherwise = "what was applied could not be noted; the environments are as applied",
): void {
  try {
    write();
  } catch (error) {
    if (error instanceof CloisterError) throw error;
    throw new CloisterError({
      code: "record/not-written",
      severity: "error",
      message: `${path} could not be written: ${otherwise}`,
      hint: "make that place writable and apply again, or name another one with --state-dir",
      cause: error instanceof Error ? error.message : String(error),
    });
  }
}
