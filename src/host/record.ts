import * as fs from "node:fs";
import { CloisterError } from "../model/diagnostic.ts";
import { makeDirectory, writeDurably } from "./files.ts";

/** What a record's file says: the document as it was written, or why it is not believed. */
export type Recorded = { readonly document: unknown } | { readonly damaged: string };

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
  /** Takes everything away. */
  remove(): void;
}

/** The record of the project whose state is in `directory`. Nothing is made before something is written. */
export function recordAt(directory: string): ProjectRecord {
  const generations = `${directory}/generations`;
  const log = `${directory}/events.jsonl`;
  const fileOf = (number: number) => `${generations}/${number}.json`;
  return {
    numbers: () => numbersIn(generations),
    read: (number) => readDocument(fileOf(number)),
    write: (number, document) =>
      written(fileOf(number), () => {
        makeDirectory(generations, 0o700, undefined);
        for (const name of namesIn(generations)) if (name.endsWith(".tmp")) fs.rmSync(`${generations}/${name}`, { force: true });
        writeDurably(fileOf(number), sealed(document), 0o600);
      }),
    events: () => readText(log).split("\n").flatMap(parsedLine),
    append: (event) =>
      written(log, () => {
        makeDirectory(directory, 0o700, undefined);
        appendLine(log, JSON.stringify(event));
      }),
    remove() {
      fs.rmSync(generations, { recursive: true, force: true });
      fs.rmSync(log, { force: true });
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

function readText(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const seal = /,"checksum":"([0-9a-f]{8})"\}\n$/;

/** The document as one line that ends in the checksum of what stands before. */
function sealed(document: object): string {
  const body = JSON.stringify(document).slice(0, -1);
  return `${body},"checksum":"${checksum(body)}"}\n`;
}

function readDocument(path: string): Recorded {
  const text = readText(path);
  if (text === "") return { damaged: `${path} is empty or cannot be read` };
  const parsed = parsedLine(text)[0];
  refuseNewer(path, parsed);
  const match = seal.exec(text);
  if (match === null || parsed === undefined) return { damaged: `${path} was cut or is no record of ours` };
  if (checksum(text.slice(0, match.index)) !== match[1]) return { damaged: `${path} is not what was written (its checksum differs)` };
  return { document: parsed };
}

function refuseNewer(path: string, document: unknown): void {
  if (typeof document !== "object" || document === null || !("schema" in document)) return;
  const version = /^cloister\/generation\/v(\d+)$/.exec(String(document.schema))?.[1];
  if (version === undefined || version === "1") return;
  throw new CloisterError({
    code: "record/newer-version",
    severity: "error",
    message: `${path} was written by a newer cloister (${String(document.schema)})`,
    hint: "use that version, or move the file away: then cloister does not know what was last applied",
  });
}

function parsedLine(line: string): readonly unknown[] {
  if (line === "") return [];
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** CRC-32 of what is left when four bits went through it. */
const nibbles = new Uint32Array(16).map((_, index) => {
  let crc = index;
  for (let bit = 0; bit < 4; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

/** CRC-32: node:crypto takes longer to load than all the rest of a plan, and nobody but root can write here. */
function checksum(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc = (crc >>> 4) ^ (nibbles[(crc ^ byte) & 15] ?? 0);
    crc = (crc >>> 4) ^ (nibbles[(crc ^ (byte >>> 4)) & 15] ?? 0);
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
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

function written(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof CloisterError) throw error;
    throw new CloisterError({
      code: "record/not-written",
      severity: "error",
      message: `what was applied could not be noted in ${path}; the environments are as applied`,
      hint: "make that place writable and apply again, or name another one with --state-dir",
      cause: error instanceof Error ? error.message : String(error),
    });
  }
}
