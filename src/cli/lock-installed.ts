import { nameByLock, readRoot } from "../host/store.ts";
import { keepEntry, lockDigest, noteLockFile, readNotedLayer } from "../host/store-lock.ts";
import { leaveStore, useStore } from "../host/store-users.ts";
import type { Manifest } from "../model/environment.ts";
import type { LockedLayer } from "../model/lock.ts";
import type { BuiltRootfs } from "../model/rootfs.ts";
import { rootName } from "../resources/rootfs.ts";
import type { Context } from "./context.ts";
import { loadManifest } from "./load-manifest.ts";
import { asLocked, inLock, readLock } from "./lock-file.ts";
import { added, keyOf, varies, withLocking } from "./resolve-roots.ts";
import { openStore } from "./root-store.ts";
import { wantedRoots, write } from "./run-lock.ts";

/** After an apply: packages that it added to roots of the lock beside the manifest come into that lock, as they were built; nothing where there is none. */
export async function lockInstalled(context: Context): Promise<void> {
  const manifest = loadManifest(context);
  const disk = readLock(manifest.directory);
  if (disk.text === null) return;
  const wanted = wantedRoots(manifest).map((one) => ({ ...one, rootfs: asLocked(one.rootfs, disk.lock) }));
  const store = openStore(context).path;
  let lock = disk.lock;
  const varying: { readonly name: string; readonly path: string }[] = [];
  await useStore(store, "lock");
  try {
    for (const { rootfs } of wanted) {
      const { missing } = inLock(rootfs, lock);
      const noted = missing?.type === "layered" && missing.layer.type === "packages" ? readNotedLayer(store, keyOf(missing)) : null;
      if (missing === null || noted === null) continue;
      const { entry, path } = await tried(context, manifest, { stage: missing, noted });
      if (path !== null) varying.push({ name: rootName(missing), path });
      lock = { ...lock, ...added(lock, entry) };
    }
    if (lock === disk.lock) return;
    noteLockFile(store, disk.path);
    write(context, { manifest, disk, wanted }, { lock, varying });
  } finally {
    leaveStore();
  }
}

/** The entry for a layer that was just built, its result left open where it does not come out the same again. */
async function tried(
  context: Context,
  manifest: Manifest,
  { stage, noted }: { readonly stage: BuiltRootfs; readonly noted: LockedLayer },
): Promise<{ readonly entry: LockedLayer; readonly path: string | null }> {
  named(context, stage, noted);
  const path = await varies(context, manifest, { stage, entry: noted });
  if (path === null) return { entry: noted, path };
  const entry = { ...noted, result: null };
  named(context, stage, entry);
  return { entry, path };
}

/** The layer stands in the store under the name that the lock gives it. */
function named(context: Context, stage: BuiltRootfs, entry: LockedLayer): void {
  const store = openStore(context).path;
  const locked = lockDigest(entry);
  const root = readRoot(store, keyOf(stage));
  keepEntry(store, entry);
  if (root !== null) nameByLock(store, root, { key: keyOf(withLocking(stage, { locked })), locked });
}
