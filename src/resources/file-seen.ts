import { createHash } from "node:crypto";
import type { IdMapLine } from "../kernel/idmap.ts";
import type { FactName } from "../model/fact.ts";

/** What lies at a path inside. Ids are as they are inside. */
export interface FileSeen {
  readonly type: "missing" | "file" | "directory" | "link" | "fifo" | "socket" | "device" | "unknown";
  readonly path: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: string;
  readonly size: number;
  /** Null where it was not read: it has another size than what is wanted. Of a secret the HMAC that `Secret.held` is. */
  readonly sha256: string | null;
  /** What it holds, untrusted; null where it was not read, or is no text. */
  readonly text: string | null;
  /** For people. */
  readonly line: string;
}

/** The fact that tells of a path, and of what is there where that has `size` bytes. */
export function fileFact(path: string, size: number): FactName {
  return `keeper/file/${size}${path}`;
}

/** The fact that tells of a path that holds a secret. */
export function secretFact(path: string): FactName {
  return `keeper/secret${path}`;
}

interface Reading {
  readonly path: string;
  readonly uids: readonly IdMapLine[];
  readonly gids: readonly IdMapLine[];
}

/** Parses the fact; null where nothing is there, or the path leads through a symbolic link. */
export function parseFileFact(text: string | null, { path, uids, gids }: Reading): FileSeen | null {
  if (text === null) return null;
  const [said = "", uid = "", gid = "", mode = "", size = "", content = "-"] = text.split(" ");
  const type: FileSeen["type"] = types.find((one) => one === said) ?? "unknown";
  const owned = { type, path, uid: insideId(uids, uid), gid: insideId(gids, gid), mode };
  const shape = `${path}: ${type}, uid ${owned.uid}, gid ${owned.gid}, mode ${mode}`;
  // Of a secret not even the size is told.
  if (content.startsWith("k")) return { ...owned, size: 0, sha256: content.slice(1) || null, text: null, line: shape };
  const bytes = content === "-" ? null : Buffer.from(content.slice(1), "hex");
  const sha256 = bytes === null ? null : createHash("sha256").update(bytes).digest("hex");
  const digest = sha256 === null ? "" : `, sha256 ${sha256.slice(0, 16)}`;
  return { ...owned, size: Number(size), sha256, text: textOf(bytes), line: `${shape}, ${size} bytes${digest}` };
}

const types = ["file", "directory", "link", "fifo", "socket", "device"] as const;

/** An id as the host counts, inside; one that is nobody there is told as the host's. */
function insideId(map: readonly IdMapLine[], outside: string): string {
  const id = Number(outside);
  const line = map.find((one) => id >= one.outside && id < one.outside + one.count);
  return line === undefined ? `${outside} of the host` : String(id - line.outside + line.inside);
}

function textOf(bytes: Buffer | null): string | null {
  const text = bytes?.toString("utf8") ?? null;
  return text === null || text.includes("\0") || text.includes("\ufffd") ? null : text;
}
