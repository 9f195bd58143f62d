import type { LockedResult, LockedRoot } from "./lock.ts";

/** What is known of a root before it is built: everything of its index entry but what the build finds out. */
export interface RootPlan {
  /** 16 hex digits, see `rootKey`; for a tar the start of its sha256, for an OCI image that of its manifest's. */
  readonly key: string;
  /** Short, for people: `bookworm-minbase`. */
  readonly name: string;
  /** What the key was made of, as JSON. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly builder: "mmdebstrap" | "debootstrap" | "tar" | "oci";
  /** `erofs`: one image file; `tree`: a directory, where mkfs.erofs is missing. */
  readonly format: "erofs" | "tree";
  /** `check`: what must come of it, by its lock. `note`: what it is made of is written down, to make a lock of it; `key` is the build's alone then. */
  readonly lock?: ({ readonly type: "check"; readonly digest: string } & LockedResult) | ({ readonly type: "note" } & LockNotes);
}

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
  /** Debian packages in it; null where that was not counted (a tar, an OCI image). */
  readonly packages: number | null;
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
  if (typeof key !== "string" || typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) return null;
  if (typeof name !== "string" || typeof date !== "string" || typeof bytes !== "number") return null;
  if (format !== "erofs" && format !== "tree") return null;
  if (packages !== null && typeof packages !== "number") return null;
  if (!isObject(spec) || !isObject(builder) || typeof builder.name !== "string") return null;
  const version = typeof builder.version === "string" ? builder.version : null;
  return { schema: "cloister/root/v1", key, digest, name, format, spec, builder: { name: builder.name, version }, date, bytes, packages };
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
