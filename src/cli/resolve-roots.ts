import { lockDigest, readNotedLayer, readNotedLock } from "../host/store-lock.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Lock, LockedLayer, LockedRoot } from "../model/lock.ts";
import type { BuiltRootfs, Locking } from "../model/rootfs.ts";
import { layersOver } from "../model/rootfs.ts";
import { rootKey, rootName } from "../resources/rootfs.ts";
import { carryOut } from "./carry-out.ts";
import type { Context } from "./context.ts";
import { formerEntry, inLock } from "./lock-file.ts";
import { openEngine } from "./open-engine.ts";
import { openStore } from "./root-store.ts";
import { rebuildStage } from "./rootfs/rebuild.ts";

/** What is to be resolved. */
export interface Resolving {
  readonly manifest: Manifest;
  /** The lock until now. */
  readonly before: Lock;
  /** What of it stays as it is. */
  readonly kept: Lock;
  readonly wanted: readonly { readonly name: string; readonly rootfs: BuiltRootfs }[];
  /** The packages that may move; [] all. */
  readonly free: readonly string[];
}

/** A lock that says everything of what was wanted. */
export interface Resolved {
  readonly lock: Lock;
  /** Layers that came out otherwise a second time, with the first path that told the two apart. */
  readonly varying: readonly { readonly name: string; readonly path: string }[];
}

/** Builds stage over stage from what the mirror has, and notes what each was made of; the exit code where one could not be built, which was told. */
export async function resolveRoots(context: Context, { manifest, before, kept, wanted, free }: Resolving): Promise<Resolved | number> {
  let lock = kept;
  const varying = new Map<string, { readonly name: string; readonly path: string }>();
  for (;;) {
    const stages = new Map<string, { readonly name: string; readonly stage: BuiltRootfs }>();
    for (const { name, rootfs } of wanted) {
      const { missing } = inLock(rootfs, lock);
      if (missing === null) continue;
      const open = varying.has(keyOf(missing));
      const former = free.length === 0 ? null : formerEntry(before, missing);
      const locking: Locking = { resolving: { from: former === null ? null : lockDigest(former), free, ...(open ? { open } : {}) } };
      const stage = withLocking(missing, locking);
      if (!stages.has(keyOf(stage))) stages.set(keyOf(stage), { name, stage });
    }
    if (stages.size === 0) return { lock, varying: [...varying.values()] };
    const code = await build(context, manifest, [...stages.values()]);
    if (code !== 0) return code;
    for (const { stage } of stages.values()) {
      const entry = noted(context, stage);
      const path = await varies(context, manifest, { stage, entry });
      if (path === null) lock = { ...lock, ...added(lock, entry) };
      else varying.set(keyOf(withLocking(stage, {})), { name: rootName(stage), path });
    }
  }
}

/** The same stage, its own lock another one. */
export function withLocking(stage: BuiltRootfs, locking: Locking): BuiltRootfs {
  if (stage.type === "layered") {
    const { locked, resolving, ...layer } = stage.layer;
    return layersOver(stage.base, [{ ...layer, ...locking }]);
  }
  if (stage.type !== "release") return stage;
  const { locked, resolving, ...release } = stage;
  return { ...release, ...locking };
}

/** What a stage of a release is known by in the store. */
export function keyOf(stage: BuiltRootfs): string {
  return rootKey(stage, { get: () => ({ absent: "not asked" }) });
}

async function build(
  context: Context,
  manifest: Manifest,
  stages: readonly { readonly name: string; readonly stage: BuiltRootfs }[],
): Promise<number> {
  const environments = stages.flatMap(({ name, stage }): readonly (readonly [string, Environment])[] => {
    const environment = manifest.environments.get(name);
    return environment === undefined ? [] : [[name, { ...environment, rootfs: stage }]];
  });
  const engine = await openEngine(context, { manifest: { ...manifest, environments: new Map(environments) }, verb: "lock" });
  return carryOut(await engine.planBuild([], { refresh: false }), { context, engine });
}

/** What was noted of a stage when it was built. */
function noted(context: Context, stage: BuiltRootfs): LockedRoot | LockedLayer {
  const { path } = openStore(context);
  const entry = stage.type === "layered" ? readNotedLayer(path, keyOf(stage)) : readNotedLock(path, keyOf(stage));
  if (entry === null) throw new Error(`nothing was noted of ${rootName(stage)}`);
  return entry;
}

/** The first path in which a layer differs when it is made once more; null where it does not, or its result is not locked. */
export async function varies(
  context: Context,
  { directory }: Manifest,
  { stage, entry }: { readonly stage: BuiltRootfs; readonly entry: LockedRoot | LockedLayer },
): Promise<string | null> {
  if (stage.type !== "layered" || stage.layer.type === "files" || entry.result === null) return null;
  const { first, digest, root } = await rebuildStage(withLocking(stage, { locked: lockDigest(entry) }), {
    store: openStore(context),
    directory,
  });
  return digest === root.digest ? null : (first?.path ?? "/");
}

/** A lock's part with one entry more. */
export function added({ roots, layers }: Lock, entry: LockedRoot | LockedLayer): Partial<Lock> {
  // Whose they are is said when the lock is written.
  return "over" in entry ? { layers: [...layers, { projects: [], layer: entry }] } : { roots: [...roots, { projects: [], root: entry }] };
}
