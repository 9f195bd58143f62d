import * as fs from "node:fs";
import type { Fact } from "../model/fact.ts";
import { digestOfOpen } from "./file-digest.ts";
import { assertOwned } from "./owned.ts";
import { readStoreFact } from "./store.ts";

/** Where digests are kept; null: they are not. */
const cache = () => (process.env.CLOISTER_CACHE === "off" || process.geteuid?.() !== 0 ? null : "/var/cache/cloister/tar");

/**
 * The fact `tar/PATH`, the sha256 of its bytes, and with it the fact `store/KEY` of the root that this tar makes. Digests are kept in the
 * cache directory by device, inode, size and both times: an unchanged file is not read again.
 */
export function readTarFacts(tar: string, store: string): ReadonlyMap<string, Fact> {
  const digest = tarDigest(tar, cache());
  if (digest === null) return new Map([[`tar/${tar}`, { absent: "no such file" }]]);
  const key = digest.slice(0, 16);
  return new Map([
    [`tar/${tar}`, { text: digest }],
    [`store/${key}`, readStoreFact(store, key)],
  ]);
}

/** Hex; null where there is no such regular file. `directory`: where digests are kept, or null. */
export function tarDigest(tar: string, directory: string | null): string | null {
  const descriptor = openIfThere(tar);
  if (descriptor === null) return null;
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mode } = fs.fstatSync(descriptor, { bigint: true });
    if ((Number(mode) & fs.constants.S_IFMT) !== fs.constants.S_IFREG) return null;
    const entry = directory === null ? null : `${directory}/${dev}-${ino}-${size}-${mtimeNs}-${ctimeNs}`;
    const known = entry === null ? null : readEntry(entry);
    if (known !== null) return known;
    const digest = digestOfOpen(descriptor);
    if (entry !== null) writeEntry(entry, digest);
    return digest;
  } finally {
    fs.closeSync(descriptor);
  }
}

function openIfThere(file: string): number | null {
  try {
    // Not blocked by a FIFO of that name.
    return fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

function readEntry(entry: string): string | null {
  try {
    assertOwned(entry);
    const text = fs.readFileSync(entry, "utf8");
    return /^[0-9a-f]{64}$/.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written is none. */
function writeEntry(entry: string, digest: string): void {
  try {
    fs.mkdirSync(entry.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o700 });
    const temporary = `${entry}.${process.pid}`;
    fs.writeFileSync(temporary, digest, { mode: 0o600 });
    fs.renameSync(temporary, entry);
  } catch {
    return;
  }
}
