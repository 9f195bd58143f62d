import type { Architecture } from "./architecture.ts";
import type { ManagedFile } from "./managed-file.ts";

/** Where the root file system comes from; exactly one of these forms. */
export type Rootfs = BuiltRootfs | ({ readonly type: "directory"; readonly directory: string } & OfArchitecture);

/** A root that is built into the store; a directory is used where it is. */
export type BuiltRootfs = WholeRootfs | LayeredRootfs;

/** A root that lies on no other. */
export type WholeRootfs =
  | ReleaseRootfs
  | ({ readonly type: "tar"; readonly tar: string } & OfArchitecture)
  /** `oci`: an image layout, a directory or an archive; `image`: which of its images, null where it has one. */
  | ({ readonly type: "oci"; readonly oci: string; readonly image: string | null } & OfArchitecture);

/** What a root is made for. */
export interface OfArchitecture {
  /** Absent: what the host is. */
  readonly architecture?: Architecture;
}

/** What one layer adds to the root that it lies on. */
export type RootLayer = LayerContent & Locking;

export type LayerContent =
  /** Of the release that the root begins with, and what they need. */
  | { readonly type: "packages"; readonly packages: readonly string[] }
  | { readonly type: "files"; readonly files: Readonly<Record<string, ManagedFile>> }
  /** A command for the root's shell. */
  | { readonly type: "setup"; readonly run: string; readonly network: "none" | "host" };

/** How what is built has to do with a lock. */
export interface Locking {
  /** The digest of the lock's entry that says what it is made of, see `lockDigest`; absent: of what the mirror has, or of what it finds. */
  readonly locked?: string;
  /** It is built to make a lock of it. `from`: the digest of the entry until now, of which everything stays but `free`; []: nothing does. `open`: of a layer that does not come out the same each time. */
  readonly resolving?: { readonly from: string | null; readonly free: readonly string[]; readonly open?: true };
}

/** A layer over another root: built once for all roots that begin with the same, and kept by itself. */
export interface LayeredRootfs {
  readonly type: "layered";
  readonly base: BuiltRootfs;
  readonly layer: RootLayer;
}

/** A Debian or Ubuntu release, to be built by mmdebstrap or debootstrap. */
export interface ReleaseRootfs extends Locking, OfArchitecture {
  readonly type: "release";
  readonly release: string;
  readonly distribution: "debian" | "ubuntu";
  readonly variant: string;
  readonly components: readonly string[];
  /** Those that the base itself is made with: [] where they are a layer over it (`packagesLayer`). */
  readonly packages: readonly string[];
  readonly mirror: string;
  readonly keyring: string;
  readonly tool: "auto" | "mmdebstrap" | "debootstrap";
  /** The moment of the archive's past that it is made of, `20261101T000000Z`; absent: today's. */
  readonly snapshot?: string;
}

/** The root that all layers of this one lie on. */
export function wholeRootfs(rootfs: BuiltRootfs): WholeRootfs {
  return rootfs.type === "layered" ? wholeRootfs(rootfs.base) : rootfs;
}

/** The release that a root begins with, or null. */
export function releaseOf(rootfs: Rootfs): ReleaseRootfs | null {
  const whole = rootfs.type === "directory" ? null : wholeRootfs(rootfs);
  return whole?.type === "release" ? whole : null;
}

/** What the programs of a root are for; undefined: the host. */
export function architectureOf(rootfs: Rootfs): Architecture | undefined {
  return (rootfs.type === "directory" ? rootfs : wholeRootfs(rootfs)).architecture;
}

/** The files of all its layers, from the lowest on. */
export function layerFiles(rootfs: Rootfs): readonly ManagedFile[] {
  if (rootfs.type !== "layered") return [];
  return [...layerFiles(rootfs.base), ...(rootfs.layer.type === "files" ? Object.values(rootfs.layer.files) : [])];
}

/** A root from the whole one that it begins with to itself, layer by layer; [] for a directory. */
export function stagesOf(rootfs: Rootfs): readonly BuiltRootfs[] {
  if (rootfs.type === "directory") return [];
  return rootfs.type === "layered" ? [...stagesOf(rootfs.base), rootfs] : [rootfs];
}

/** These layers over a root, from the lowest on. */
export function layersOver(base: BuiltRootfs, layers: readonly RootLayer[]): BuiltRootfs {
  return layers.reduce<BuiltRootfs>((below, layer) => ({ type: "layered", base: below, layer }), base);
}

/** The layers of a root, from the lowest on. */
export function layersIn(rootfs: Rootfs): readonly RootLayer[] {
  return stagesOf(rootfs).flatMap((stage) => (stage.type === "layered" ? [stage.layer] : []));
}
