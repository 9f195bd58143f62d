import type { LockedLayer, LockedResult, LockedRoot } from "./lock.ts";
import type { RootLayer } from "./rootfs.ts";

/** What is known of a root before it is built: everything of its index entry but what the build finds out. */
export interface RootPlan {
  /** 16 hex digits, see `rootKey`; for a tar the start of its sha256, for an OCI image that of its manifest's. */
  readonly key: string;
  /** Short, for people: `bookworm-minbase`. */
  readonly name: string;
  /** What the key was made of, as JSON. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly builder: "mmdebstrap" | "debootstrap" | "tar" | "oci" | RootLayer["type"];
  /** `erofs`: one image file; `tree`: a directory, where mkfs.erofs is missing. */
  readonly format: "erofs" | "tree";
  /** `check`: what must come of it, by its lock. `note`: what it is made of is written down, to make a lock of it; `key` is the build's alone then. */
  readonly lock?: RootLock;
}

/**
 * What a build has to do with a lock. `check`: what must come of it. `note`: what it is made of is written down, to make a lock of it; `key` is the build's alone then.
 * `free`: a layer of a lock that may come out as it likes. `note-layer`: as `note`, of a layer over the locked root or layer whose key is `base` (null: it stays known by its own key); `open`: its result is not locked.
 */
export type RootLock =
  | ({ readonly type: "check"; readonly digest: string } & LockedResult)
  | { readonly type: "free"; readonly digest: string }
  | ({ readonly type: "note" } & LockNotes)
  | ({ readonly type: "note-layer"; readonly base: string | null; readonly open: boolean; readonly recipe: number } & Pick<
      LockedLayer,
      "name" | "over"
    >);

/** What a build that a lock is made of cannot see of itself. */
export interface LockNotes extends Pick<LockedRoot, "name" | "normalisation">, Pick<LockedRoot["builder"], "recipe" | "options"> {}

/** A root in the store: the text of `STORE/roots/KEY.json`. */
export interface Root {
  readonly schema: "cloister/root/v1";
  readonly key: string;
  /** sha256, 64 hex digits: of the image file, or of a deterministic listing of the tree. */
  readonly digest: string;
  readonly name: string;
  readonly format: RootPlan["format"];
  readonly spec: Readonly<Record<string, unknown>>;
  readonly builder: { readonly name: string; readonly version: string | null };
  /** When it was built, ISO 8601, UTC. */
  readonly date: string;
  /** Of the image file, or of all files of the tree. */
  readonly bytes: number;
  /** What it is a layer over, from the lowest on; absent: a whole root. */
  readonly lowers?: readonly LowerRoot[];
  /** Debian packages in it; null where that was not counted (a tar, an OCI image). */
  readonly packages: number | null;
}

/** One of the layers that a root lies on. */
export type LowerRoot = Pick<Root, "digest" | "format" | "bytes">;

/** The key of a root that is one layer over another, by the digest of what the layer is to hold. */
export function layeredKey(base: string, layer: string): string {
  return sha256(`${base} ${layer}`).slice(0, 16);
}

/** Everything that a root consists of, from the lowest layer on; what has the same digest as something above it is left out, for it would show nothing. */
export function layersOf(root: Pick<Root, "digest" | "format" | "bytes" | "lowers">): readonly LowerRoot[] {
  const all = [...(root.lowers ?? []), root];
  return all.filter(({ digest }, index) => all.findLastIndex((other) => other.digest === digest) === index);
}

/** The first 16 digits of the digest of each of them. */
export function layerNames({ digest, lowers = [] }: Pick<Root, "digest" | "lowers">): readonly string[] {
  const names = [...lowers, { digest }].map(digest16);
  return names.filter((name, index) => names.lastIndexOf(name) === index);
}

/** What an upper over these layers is known by, from the first 16 digits of their digests: of one layer those, of several a digest of them all. */
export function chainName(layers: readonly string[]): string {
  const [first = "", ...rest] = layers;
  return rest.length === 0 ? first : sha256(layers.join(" ")).slice(0, 16);
}

/** The first 16 digits of a digest. */
export function digest16({ digest }: Pick<Root, "digest">): string {
  return digest.slice(0, 16);
}

// node:crypto takes a millisecond to load, and most runs need none of it.
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}

/** What needs a root of the store: a mount that is there, an overlay over it, a lock file, what was last applied, a pin. */
export interface RootUse {
  readonly type: "mount" | "upper" | "lock" | "applied" | "pin";
  /** The environment, as PROJECT/NAME, or the file or process. */
  readonly by: string;
}

/** Where the root itself lies: an image file, or a directory. */
export function rootPath(store: string, root: Pick<Root, "digest" | "format">): string {
  return `${store}/${root.format === "erofs" ? "sha256" : "trees"}/${root.digest}`;
}

/** An index entry as it was written, or null for anything else: a newer schema, truncated text, garbage. */
export function parseRoot(text: string): Root | null {
  const value = parseObject(text);
  if (value === null || value.schema !== "cloister/root/v1") return null;
  const { key, digest, name, format, spec, builder, date, bytes, packages } = value;
  const lowers = value.lowers === undefined ? [] : parseLowers(value.lowers);
  if (lowers === null) return null;
  if (typeof key !== "string" || typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) return null;
  if (typeof name !== "string" || typeof date !== "string" || typeof bytes !== "number") return null;
  if (format !== "erofs" && format !== "tree") return null;
  if (packages !== null && typeof packages !== "number") return null;
  if (!isObject(spec) || !isObject(builder) || typeof builder.name !== "string") return null;
  const version = typeof builder.version === "string" ? builder.version : null;
  return {
    ...{ schema: "cloister/root/v1", key, digest, name, format, spec, builder: { name: builder.name, version }, date, bytes },
    ...(lowers.length === 0 ? {} : { lowers }),
    packages,
  };
}

/** What a root lies on, as it stands in an index entry; null for anything else. */
export function parseLowers(value: unknown): readonly LowerRoot[] | null {
  if (!Array.isArray(value)) return null;
  const all: unknown[] = value;
  const lowers = all.flatMap((one): readonly LowerRoot[] => {
    if (!isObject(one) || typeof one.digest !== "string" || !/^[0-9a-f]{64}$/.test(one.digest) || typeof one.bytes !== "number") return [];
    return one.format === "erofs" || one.format === "tree" ? [{ digest: one.digest, format: one.format, bytes: one.bytes }] : [];
  });
  return lowers.length === all.length ? lowers : null;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
