import { existsSync } from "node:fs";
import { collectRoot } from "../host/facts.ts";
import { closeInherited } from "../host/inherited.ts";
import type { Directories } from "../host/linux.ts";
import { assertOwned, realDirectory } from "../host/owned.ts";
import { readNames, readProc } from "../host/proc-reader.ts";
import { recordAt } from "../host/record.ts";
import type { Evidence, KeptUpper } from "../host/root-uses.ts";
import { keptUppers, mountEvidence, upperEvidence, usesOf } from "../host/root-uses.ts";
import { lockDigest, lockName, notedLockFiles } from "../host/store-lock.ts";
import { listRoots, pinnedKeys } from "../host/stored-roots.ts";
import type { Environment } from "../model/environment.ts";
import { entriesOf, parseLock } from "../model/lock.ts";
import type { Root, RootUse } from "../model/root.ts";
import { builtRoot, rootFacts } from "../resources/rootfs.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import { programPath } from "./project-places.ts";
import { lastApplied } from "./records.ts";
import { requireRoot } from "./require-root.ts";

/** The store of roots, and everything on the machine that may need one of them. */
export interface RootStore {
  readonly directories: Directories;
  /** DATA/store, its links resolved. */
  readonly path: string;
  readonly shim: string;
  roots(): readonly Root[];
  uppers(): readonly KeptUpper[];
  /** What needs which root, read once for all; of the overlays those that `counts`. */
  uses(counts?: (upper: KeptUpper) => boolean): (root: Pick<Root, "key" | "digest" | "lowers">) => readonly RootUse[];
}

/** Opens the store that the flags name. Nothing is made. Throws `host/no-root`, `store/unsafe-directory`. */
export function openStore({ settings }: Pick<Context, "settings">): RootStore {
  requireRoot();
  closeInherited();
  const directories = directoriesOf(settings);
  for (const directory of [directories.data, directories.state]) assertOwned(directory);
  const data = realDirectory(directories.data);
  const path = `${data}/store`;
  const uppers = () => keptUppers(`${data}/uppers`);
  return {
    ...{ directories, path, shim: programPath().replace(/[^/]*$/, "shim.pl"), uppers },
    roots: () => listRoots(path),
    uses(counts = () => true) {
      const recorded = recordedEvidence(directories.state, path);
      const known = new Set(recorded.map(({ by }) => by));
      const noted = notedLockFiles(path).flatMap((one) => (known.has(one.path) ? [] : lockEvidence(one.path)));
      const evidence = [...mountEvidence(), ...upperEvidence(uppers().filter(counts)), ...recorded, ...noted];
      const pins = pinnedKeys(path);
      return (root) => [...usesOf(root, evidence), ...(pins.has(root.key) ? [{ type: "pin", by: "rootfs pin" } as const] : [])];
    },
  };
}

/** What every project that is recorded applied last, and the lock files beside their manifests. */
function recordedEvidence(state: string, store: string): readonly Evidence[] {
  return readNames(state).flatMap((project) => {
    const { generation } = lastApplied(recordAt(`${state}/${project}`));
    if (generation === null) return [];
    const applied = Object.values(generation.environments).flatMap((environment): readonly Evidence[] => {
      const root = storedRoot(environment, store);
      return root === null ? [] : [{ type: "applied", by: `${project}/${environment.name}`, text: root.key }];
    });
    return [...applied, ...lockEvidence(`${generation.directory}/${lockName}`)];
  });
}

/** A lock file keeps whatever it names, in whichever of its fields. */
function lockEvidence(path: string): readonly Evidence[] {
  if (!existsSync(path)) return [];
  const text = readProc(path);
  const lock = parseLock(text);
  // An entry's digest is what its root is known by, and stands nowhere. Of a lock with conflicts whatever stands there counts.
  const digests = "problem" in lock ? [] : entriesOf(lock).map(lockDigest);
  return [{ type: "lock", by: path, text: [text, ...digests].join("\n") }];
}

/** The root of an environment where it stands in the store; null where it is a directory, or not built. */
export function storedRoot({ rootfs }: Pick<Environment, "rootfs">, store: string): Root | null {
  if (rootfs.type === "directory") return null;
  const seen = collectRoot(rootFacts(rootfs), { store, directory: null, offline: false });
  return builtRoot(rootfs, { get: (name) => seen.get(name) ?? { absent: "not asked for" } });
}
