import type { LockedLayer, LockedRoot } from "../../src/model/lock.ts";
import type { LockedPackage } from "../../src/model/locked-packages.ts";

const digest = (digit: string) => digit.repeat(64);

/** A package of the sample; `version` and `sha256` are what locks differ in. */
export function samplePackage(version: string, sha256: string): LockedPackage {
  const filename = `pool/main/c/curl/curl_${version}_amd64.deb`;
  return {
    version,
    architecture: "amd64",
    sha256: digest(sha256),
    size: 315_000,
    filename,
    fields: { Priority: "optional", Depends: "libc6 (>= 2.34)" },
  };
}

/** One entry of a lock. */
export const sampleLockedRoot: LockedRoot = {
  name: "bookworm-minbase+1",
  spec: { type: "release", distribution: "debian", release: "bookworm", variant: "minbase", components: ["main"], packages: ["curl"] },
  release: {
    ...{ suite: "stable", codename: "bookworm", date: "Sat, 11 Jul 2026 10:16:37 UTC", valid_until: null },
    ...{ in_release: digest("a"), keys: ["4D64FEC119C2029067D6E791F8D2585B8783D481"] },
  },
  builder: { name: "mmdebstrap", version: "1.3.5-7", recipe: 1, options: ["--variant=minbase"] },
  epoch: 1_783_764_997,
  normalisation: ["/dev is empty"],
  result: { tree: digest("b"), files: 6658, image: digest("c"), mkfs: "mkfs.erofs 1.5" },
  packages: { curl: samplePackage("7.88.1-10+deb12u5", "1"), zlib1g: samplePackage("1.2.13", "2") },
};

/** A layer of packages over a locked root. */
export const sampleLockedLayer: LockedLayer = {
  name: "bookworm-minbase+1",
  over: digest("d"),
  spec: { type: "packages", packages: ["curl"] },
  result: { tree: digest("e"), files: 60, image: digest("f"), mkfs: "mkfs.erofs 1.5" },
  from: { release: sampleLockedRoot.release, recipe: 1, epoch: sampleLockedRoot.epoch, packages: sampleLockedRoot.packages },
};
