import { archiveMirror, archives, releases, snapshotPlace } from "../model/archives.ts";
import type { Rootfs as WrittenRootfs } from "../model/manifest.gen.ts";
import { didYouMean } from "../model/nearest-name.ts";
import type { BuiltRootfs, ReleaseRootfs, Rootfs, RootLayer, WholeRootfs } from "../model/rootfs.ts";
import { layersOver } from "../model/rootfs.ts";
import { readRootFiles } from "./files.ts";
import type { Reading } from "./reading.ts";
import { exposedPath, hostPath } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

type Distribution = ReleaseRootfs["distribution"];

const rootSources = ["release", "directory", "tar", "oci", "environment"] as const;

const nothing: Rootfs = { type: "directory", directory: "/" };

/** The root file system as it is written, with what follows from the release; what is wrong is told, and stands for nothing. */
export function readRootfs(reading: Reading, written: WrittenRootfs | undefined): Rootfs {
  const at = inside(reading.at, "rootfs");
  if (written === undefined) return nothing;
  const { release, directory, tar, oci, architecture } = written;
  const made = architecture === undefined ? {} : { architecture };
  const sources = rootSources.filter((key) => written[key] !== undefined);
  const [first, second] = sources;
  if (first !== undefined && second !== undefined) {
    const message = `a root comes from one of ${rootSources.join(", ")}, not from ${sources.join(" and ")}`;
    const also = [{ message: `${first} is said here`, at: inside(at, first) }];
    const [one, other] = [first, second].map((key) => reading.findings.place(inside(at, key))?.file);
    const hint = one === other ? "keep one of them" : `keep one of them: ${first}: null takes away what the other file says`;
    reading.findings.report({ code: "manifest/rootfs-source", at: inside(at, second), on: "key", message, also, hint });
  }
  if (release !== undefined)
    return layered(reading, at, { written, base: readRelease(reading, at, { ...written, release }), packages: written.packages ?? [] });
  if (directory !== undefined)
    return {
      type: "directory",
      directory: exposedPath(reading, inside(at, "directory"), { written: directory, optional: false }),
      ...made,
    };
  if (tar !== undefined) {
    const base = { type: "tar", tar: hostPath(reading, inside(at, "tar"), { written: tar, optional: false }), ...made } as const;
    return layered(reading, at, { written, base });
  }
  if (oci !== undefined) {
    const path = hostPath(reading, inside(at, "oci"), { written: oci, optional: false });
    return layered(reading, at, { written, base: { type: "oci", oci: path, image: written.image ?? null, ...made } });
  }
  // Whose it is is known when all environments were read: see `borrowRoots`.
  if (written.environment !== undefined) return nothing;
  if (!reading.findings.marked(at)) {
    const message = "rootfs says nothing of where the root comes from";
    reading.findings.report({
      code: "manifest/rootfs-source",
      at,
      on: "key",
      message,
      hint: "give it a release, a directory, a tar or an oci image",
    });
  }
  return nothing;
}

/** A root with its layers over it: first the packages, then the files, then each command. */
function layered(
  reading: Reading,
  at: Pointer,
  { written, base, packages = [] }: { readonly written: WrittenRootfs; readonly base: WholeRootfs; readonly packages?: readonly string[] },
): BuiltRootfs {
  const files = readRootFiles(reading, inside(at, "files"), written.files);
  const layers: readonly RootLayer[] = [
    ...(packages.length === 0 ? [] : [{ type: "packages", packages: [...new Set(packages)] } as const]),
    ...(Object.keys(files).length === 0 ? [] : [{ type: "files", files } as const]),
    ...(written.setup ?? []).map((one): RootLayer => {
      const { run = "", network = "none" } = typeof one === "string" ? { run: one } : one;
      return { type: "setup", run, network };
    }),
  ];
  return layersOver(base, layers);
}

function readRelease(reading: Reading, at: Pointer, written: WrittenRootfs & { readonly release: string }): ReleaseRootfs {
  const { release, variant = "minbase", tool = "auto" } = written;
  const distribution = readDistribution(reading, at, written);
  if (tool === "debootstrap" && variant !== "minbase" && variant !== "buildd") {
    const message = `debootstrap knows no variant ${quoted(variant)}`;
    reading.findings.report({
      code: "manifest/conflict",
      at: inside(at, "variant"),
      message,
      hint: "take minbase or buildd, or tool: mmdebstrap",
    });
  }
  if (tool === "debootstrap" && written.architecture !== undefined) {
    const message = "debootstrap builds for the host's own processor only";
    reading.findings.report({
      code: "manifest/conflict",
      at: inside(at, "tool"),
      message,
      hint: "leave tool out: mmdebstrap builds for any",
    });
  }
  const { keyring } = archives[distribution];
  return {
    type: "release",
    release,
    distribution,
    variant,
    components: [...new Set(written.components ?? ["main"])],
    packages: [],
    mirror: readMirror(reading, at, { ...written, distribution }),
    // Whether the keyring is there is asked when a root is built: a plan does not need it.
    keyring:
      written.keyring === undefined ? keyring : hostPath(reading, inside(at, "keyring"), { written: written.keyring, optional: true }),
    tool,
    ...(written.architecture === undefined ? {} : { architecture: written.architecture }),
    ...(written.snapshot === undefined ? {} : { snapshot: written.snapshot }),
  };
}

/** Where the packages are, with the moment of a snapshot in its place. */
function readMirror(
  reading: Reading,
  at: Pointer,
  {
    mirror,
    snapshot,
    distribution,
    architecture,
  }: Pick<WrittenRootfs, "mirror" | "snapshot" | "architecture"> & { readonly distribution: Distribution },
): string {
  const archive = archives[distribution];
  const address = mirror ?? (snapshot === undefined ? archiveMirror(distribution, architecture) : archive.snapshots);
  if (address.includes(snapshotPlace) !== (snapshot !== undefined)) {
    const message =
      snapshot === undefined
        ? `the mirror has ${snapshotPlace} in it, and there is no snapshot to stand for`
        : `the mirror ${quoted(address)} has no place for a snapshot`;
    const hint = snapshot === undefined ? "say which: snapshot: 20261101T000000Z" : `write ${snapshotPlace} where the moment belongs`;
    reading.findings.report({ code: "manifest/conflict", at: inside(at, "mirror"), message, hint });
  }
  return address.replaceAll(snapshotPlace, snapshot ?? "");
}

function readDistribution(
  reading: Reading,
  at: Pointer,
  { release, distribution }: WrittenRootfs & { readonly release: string },
): Distribution {
  const known = releases.debian.includes(release) ? "debian" : releases.ubuntu.includes(release) ? "ubuntu" : null;
  if (known === null && distribution === undefined && !reading.findings.marked(inside(at, "distribution"))) {
    const names = [...releases.debian, ...releases.ubuntu];
    const hint = didYouMean(release, names) ?? "say distribution: debian or ubuntu";
    reading.findings.report({
      code: "manifest/unknown-release",
      at: inside(at, "release"),
      message: `no release is known by the name ${quoted(release)}`,
      hint,
    });
  }
  if (known !== null && distribution !== undefined && known !== distribution) {
    const message = `${release} is a release of ${known}, not of ${distribution}`;
    reading.findings.report({ code: "manifest/conflict", at: inside(at, "distribution"), message, hint: "leave distribution out" });
  }
  return distribution ?? known ?? "debian";
}
