import { text } from "../model/fact.ts";
import { besideShim } from "../model/resource.ts";
import type { LayeredRootfs, RootLayer } from "../model/rootfs.ts";
import { releaseOf } from "../model/rootfs.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory } from "./rootfs-image.ts";
import { archiveFiles, lockedLayer, pinnedOf, preferences } from "./rootfs-lock.ts";
import { fetchingScript, resolvingScript } from "./rootfs-packages-script.ts";
import { copiedMirror, keyringInside, ownArchive } from "./rootfs-release.ts";

/** What is done before a layer's shim is started: a script, and what it takes of the operands. It defines `unpack`: what goes on meanwhile, and tells the shim on its standard input. */
export interface Beforehand {
  readonly script: string;
  readonly operands: readonly string[];
}

/** The number of our way to install packages in a layer: to be raised with every change of what comes of it. */
export const layerRecipe = 1;

type Packages = Extract<RootLayer, { readonly type: "packages" }>;

/** How the packages of a layer come to lie in the build directory, each known by its sha256, with the stanzas that say in which order they are installed. */
export function packagesBefore(
  rootfs: LayeredRootfs,
  layer: Packages,
  { store, facts, shim }: RootBuild & { readonly shim: string },
): Beforehand & { readonly inputs: Readonly<Record<string, string>> } {
  const release = releaseOf(rootfs);
  if (release === null) throw new Error("packages are of a release");
  const archiver = besideShim(shim, "local-archive.pl");
  const wanted = layer.packages.map((name) => `${name}\n`).join("");
  const from = layer.locked === undefined ? null : (lockedLayer(layer.locked, facts)?.from ?? null);
  if (from !== null) {
    const offline = text(facts, "run/offline") ?? "";
    const operands = [buildDirectory, release.mirror, offline, `${store}/debs`, String(from.epoch), "", archiver];
    return { script: fetchingScript, operands, inputs: { wanted, ...archiveFiles(from) } };
  }
  const pinned = layer.resolving === undefined ? null : pinnedOf(layer.resolving, facts);
  const { mirror, release: suite, keyring, snapshot = "", components } = release;
  const own = `deb [signed-by=${keyringInside(release)}] ${copiedMirror(mirror)} ${suite} ${components.join(" ")}\n`;
  const sources = pinned === null ? own : `${own}${ownArchive}\n`;
  const operands = [
    ...[buildDirectory, mirror, suite, keyring, keyringInside(release), snapshot, sources],
    ...[`${store}/debs`, archiver, "apt", release.architecture ?? ""],
  ];
  const inputs = pinned === null ? { wanted } : { wanted, ...archiveFiles(pinned), preferences: preferences(pinned.packages) };
  return { script: resolvingScript, operands, inputs };
}
