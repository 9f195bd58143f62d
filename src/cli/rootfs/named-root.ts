import { dirname } from "node:path";
import { CloisterError } from "../../model/diagnostic.ts";
import type { Environment } from "../../model/environment.ts";
import { didYouMean } from "../../model/nearest-name.ts";
import type { Root } from "../../model/root.ts";
import type { Readable } from "../../resources/rootfs-reading.ts";
import { readableRoot } from "../../resources/rootfs-reading.ts";
import type { Context } from "../context.ts";
import { tolerantRead } from "../host-file.ts";
import { tryManifest } from "../load-manifest.ts";
import { withLock } from "../lock-file.ts";
import type { RootStore } from "../root-store.ts";
import { storedRoot } from "../root-store.ts";

/** What an operand names that can be read: a root of the store, or the directory that an environment has as its root. */
export interface NamedRoot {
  /** As it is told: the operand, for people. */
  readonly label: string;
  readonly root: Root | null;
  readonly readable: Readable;
}

/** What a ROOT means: an environment of the manifest, a key or digest or the first digits of one, or a name. Throws `rootfs/unknown`, `rootfs/not-built`. */
export function namedRoot(word: string, context: Context, store: RootStore): NamedRoot {
  const environment = namedEnvironment(word, context);
  if (environment !== null) return rootOf(environment, store);
  const root = storeRoot(word, context, store);
  return { label: root.name, root, readable: readableRoot(store.path, root) };
}

/** As `namedRoot`, of what must stand in the store. Throws `rootfs/unknown` for a directory. */
export function storeRoot(word: string, context: Context, store: RootStore): Root {
  const environment = namedEnvironment(word, context);
  const found = environment === null ? matching(word, store.roots()) : [rootOf(environment, store).root].flatMap((root) => root ?? []);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  if (environment !== null) throw unknown(`the root of ${word} is a directory, not in the store`, "cloister rootfs ls lists what is");
  const known = [...store.roots().map(({ name }) => name), ...environmentsOf(context).keys()];
  if (first === undefined)
    throw unknown(`no root is called "${word}"`, didYouMean(word, known) ?? "cloister rootfs ls lists those of the store");
  throw unknown(`${found.length} roots are called "${word}"`, `name one by its key: ${found.map(({ key }) => key).join(", ")}`);
}

/** The environment of that name in the manifest, where there is one that can be read. */
export function namedEnvironment(word: string, context: Context): Environment | null {
  return environmentsOf(context).get(word) ?? null;
}

function environmentsOf(context: Context): ReadonlyMap<string, Environment> {
  try {
    const loaded = tryManifest({ ...context, exists: () => true, read: tolerantRead }, context.settings.files);
    return "manifest" in loaded ? withLock(loaded.manifest, { required: false }).environments : new Map();
  } catch (error) {
    // Roots are there without a manifest, too.
    if (error instanceof CloisterError && context.settings.files.length === 0 && !isOfLock(error)) return new Map();
    throw error;
  }
}

function isOfLock({ diagnostics }: CloisterError): boolean {
  return diagnostics.some(({ code }) => code.startsWith("lock/"));
}

function rootOf(environment: Environment, store: RootStore): NamedRoot {
  const { name, rootfs } = environment;
  if (rootfs.type === "directory") return { label: rootfs.directory, root: null, readable: { layers: [rootfs.directory] } };
  const root = storedRoot(environment, store.path);
  if (root !== null) return { label: name, root, readable: readableRoot(store.path, root) };
  throw new CloisterError({
    code: "rootfs/not-built",
    severity: "error",
    message: `the root of ${name} is not in the store ${dirname(store.path)}`,
    hint: `cloister build ${name}`,
  });
}

/** Shorter than that a start of a key is as good as chance. */
const leastDigits = 4;

function matching(word: string, roots: readonly Root[]): readonly Root[] {
  const named = roots.filter(({ name, key }) => name === word || `${name.split("/").at(-1)}@${key.slice(0, 4)}` === word);
  if (named.length > 0 || !/^[0-9a-f]+$/.test(word) || word.length < leastDigits) return named;
  return roots.filter(({ key, digest }) => key.startsWith(word) || digest.startsWith(word));
}

function unknown(message: string, hint: string): CloisterError {
  return new CloisterError({ code: "rootfs/unknown", severity: "error", message, hint });
}
