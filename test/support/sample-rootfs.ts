import type { ReleaseRootfs, RootLayer } from "../../src/model/rootfs.ts";

/** The key ring of the release below. */
export const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** A root of a release, as a manifest that says no more than its name has it. */
export const bookworm: ReleaseRootfs = {
  type: "release",
  release: "bookworm",
  distribution: "debian",
  variant: "minbase",
  components: ["main"],
  packages: [],
  mirror: "http://deb.debian.org/debian",
  keyring,
  tool: "auto",
};
/** The tools that builders are. */
export const tools = {
  "tool/mmdebstrap": "/usr/bin/mmdebstrap",
  "tool/debootstrap": "/usr/sbin/debootstrap",
  "tool/mkfs.erofs": "/usr/bin/mkfs.erofs",
};
/** The fact of a file that is there. */
export const file = JSON.stringify({ type: "file" });
/** The facts of a machine that has all it takes to build that. */
export const here = { ...tools, "run/offline": null, [`source/${keyring}`]: file, "store/2f045a49f1046f11": null };

/** A layer of one command. */
export function setup(run: string): Extract<RootLayer, { readonly type: "setup" }> {
  return { type: "setup", run, network: "none" };
}
