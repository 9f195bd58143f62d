import * as fs from "node:fs";
import { CloisterError } from "../model/diagnostic.ts";

/** What a record's file says: the document as it was written, or why it is not believed. */
export type Recorded = { readonly document: unknown } | { readonly damaged: string };

/** The text of a file; "" where it cannot be read. */
export function readText(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const seal = /,"checksum":"([0-9a-f]{8})"\}\n$/;

/** The document as one line that ends in the checksum of what stands before. */
export function sealed(document: object): string {
  const body = JSON.stringify(document).slice(0, -1);
  return `${body},"checksum":"${checksum(body)}"}\n`;
}

/** What a sealed file says. Throws `record/newer-version`. */
export function readSealed(path: string): Recorded {
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
  const version = /^cloister\/[a-z]+\/v(\d+)$/.exec(String(document.schema))?.[1];
  if (version === undefined || version === "1") return;
  throw new CloisterError({
    code: "record/newer-version",
    severity: "error",
    message: `${path} was written by a newer cloister (${String(document.schema)})`,
    hint: "use that version, or move the file away: then cloister does not know what it says",
  });
}

/** A line of JSON; nothing where it was cut. */
export function parsedLine(line: string): readonly unknown[] {
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
