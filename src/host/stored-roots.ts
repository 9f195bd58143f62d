import * as fs from "node:fs";
import type { Root } from "../model/root.ts";
import { makeDirectory, removeFile } from "./files.ts";
import { readNames } from "./proc-reader.ts";
import { readRoot } from "./store.ts";

/** Every root that stands in the store, by name, then key. */
export function listRoots(store: string): readonly Root[] {
  const roots = indexedKeys(store).flatMap((key) => readRoot(store, key) ?? []);
  return roots.sort((one, other) => (one.name === other.name ? order(one.key, other.key) : order(one.name, other.name)));
}

/** The keys of all index entries, also of those that name nothing whole. */
export function indexedKeys(store: string): readonly string[] {
  return readNames(`${store}/roots`).flatMap((name) => /^([0-9a-f]{16})\.json$/.exec(name)?.[1] ?? []);
}

/** The keys of the roots that nothing may sweep. */
export function pinnedKeys(store: string): ReadonlySet<string> {
  return new Set(readNames(`${store}/pins`));
}

/** Has a root stay, whether or not anything uses it. Whether that is new. */
export function pinRoot(store: string, key: string): boolean {
  const pinned = pinnedKeys(store).has(key);
  makeDirectory(`${store}/pins`, 0o700, undefined);
  fs.closeSync(fs.openSync(`${store}/pins/${key}`, "w", 0o600));
  return !pinned;
}

/** Has it stay only as long as something uses it. Whether that is new. */
export function unpinRoot(store: string, key: string): boolean {
  const pinned = pinnedKeys(store).has(key);
  removeFile(`${store}/pins/${key}`);
  return pinned;
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
