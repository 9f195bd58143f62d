import * as fs from "node:fs";
import type { LockedLayer, LockedRoot } from "../model/lock.ts";
import { lockedKey, packagesOfEntry } from "../model/lock.ts";
import type { Root } from "../model/root.ts";
import { layersOf } from "../model/root.ts";
import { removeFile, removeTree } from "./files.ts";
import { readNames, readProc } from "./proc-reader.ts";
import { derivedKinds, readRoot, sweepTemporary } from "./store.ts";
import { lockDigest, lockEntries, notedLockFiles } from "./store-lock.ts";
import { indexedKeys, pinnedKeys } from "./stored-roots.ts";

/** What a store holds that nothing needs. All paths absolute. */
export interface Garbage {
  /** Roots whose index entry goes. */
  readonly roots: readonly Root[];
  /** Index entries, images, trees, entries of locks, their packages and logs, in the order in which they go: what names something before what it names. */
  readonly paths: readonly string[];
  /** Of the images, trees and packages among them. */
  readonly bytes: number;
}

/** Looks for what nothing needs. `needed`: by its index entry, or where there is none by its key or digest alone. */
export function garbageIn(store: string, needed: (root: Pick<Root, "key" | "digest">) => boolean): Garbage {
  const keys = indexedKeys(store);
  const pins = pinnedKeys(store);
  const known = keys.flatMap((key) => readRoot(store, key) ?? []);
  const own = known.filter((root) => pins.has(root.key) || needed(root));
  // What a root lies on stays with it, and its entry too: the next layer over it would be built from nothing otherwise.
  const digests = new Set(own.flatMap(layersOf).map(({ digest }) => digest));
  const kept = known.filter(({ digest }) => digests.has(digest));
  const roots = known.filter((root) => !kept.includes(root));
  const keptKeys = new Set(kept.map(({ key }) => key));
  const images = ["sha256", "trees", ...derivedKinds].flatMap((kind) =>
    readNames(`${store}/${kind}`).flatMap((name) => {
      const [path, digest] = [`${store}/${kind}/${name}`, name.slice(0, 64)];
      return digests.has(digest) || needed({ key: digest, digest }) ? [] : [{ path, bytes: bytesOf(path, known, digest) }];
    }),
  );
  const entries = readNames(`${store}/roots`).filter((name) => !keptKeys.has(name.replace(/\.json$/, "")));
  const building = new Set(readNames(`${store}/tmp`).map((name) => name.replace(/\.lock$/, "")));
  const logs = readNames(`${store}/logs`).filter((name) => {
    const key = name.replace(/\.log$/, "");
    return !keptKeys.has(key) && !building.has(key);
  });
  const { entries: locks, packages } = lockGarbage(store, kept, needed);
  const archives = readNames(`${store}/packages`).filter((key) => !keptKeys.has(key));
  const gone = notedLockFiles(store).flatMap(({ note, path }) => (fs.existsSync(path) ? [] : [note]));
  const pinsOfNothing = [...pins].filter((key) => !keptKeys.has(key));
  return {
    roots,
    paths: [
      ...entries.map((name) => `${store}/roots/${name}`),
      ...images.map(({ path }) => path),
      ...archives.map((key) => `${store}/packages/${key}`),
      ...locks,
      ...packages,
      ...logs.map((name) => `${store}/logs/${name}`),
      ...pinsOfNothing.map((key) => `${store}/pins/${key}`),
      ...gone,
    ],
    bytes: [...images, ...packages.map((path) => ({ bytes: bytesOf(path, [], "") }))].reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** What no lock needs any more: of the entries those that neither a lock names nor a kept root was built of, of the packages those that neither names. */
function lockGarbage(store: string, kept: readonly Root[], needed: (root: Pick<Root, "key" | "digest">) => boolean) {
  const isNamed = (digest: string) => needed({ key: lockedKey(digest), digest });
  const built = new Set(kept.map(({ spec }) => spec.locked));
  const entries = lockEntries(store).map(({ path, entry }) => {
    const digest = entry === null ? null : lockDigest(entry);
    return { path, entry, stays: digest !== null && (built.has(digest) || isNamed(digest)) };
  });
  const used = new Set(entries.flatMap(({ entry, stays }) => (entry === null || !stays ? [] : packagesIn(entry))));
  for (const { key } of kept) for (const sha256 of archivedIn(`${store}/packages/${key}`)) used.add(sha256);
  const debs = new Set(readNames(`${store}/debs`));
  const packages = [...debs].filter((digest) => !used.has(digest) && !isNamed(digest));
  for (const digest of packages) debs.delete(digest);
  const decompressed = readNames(`${store}/decompressed`).filter(
    (name) => !(/^[0-9a-f]{64}-[0-9a-f]{64}$/.test(name) && debs.has(name.slice(0, 64))),
  );
  return {
    entries: entries.flatMap(({ path, stays }) => (stays ? [] : [path])),
    packages: [...decompressed.map((name) => `${store}/decompressed/${name}`), ...packages.map((name) => `${store}/debs/${name}`)],
  };
}

/** The packages of a layer that stays, by their digests. */
function archivedIn(path: string): readonly string[] {
  return [...readProc(path).matchAll(/^SHA256: ([0-9a-f]{64})$/gm)].map(([, sha256 = ""]) => sha256);
}

function packagesIn(entry: LockedRoot | LockedLayer): readonly string[] {
  return Object.values(packagesOfEntry(entry)).map(({ sha256 }) => sha256);
}

/** Removes it, and what builds that died left; the caller holds the store's lock. Killed in between, the next sweep goes on. */
export async function sweepStore(store: string, { paths }: Garbage): Promise<void> {
  if (fs.existsSync(`${store}/tmp`)) await sweepTemporary(store);
  for (const path of paths) {
    if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) await removeTree(path);
    else removeFile(path);
  }
}

function bytesOf(path: string, roots: readonly Root[], digest: string): number {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() === true) return stat.size;
  return roots.find((root) => root.digest === digest)?.bytes ?? 0;
}
