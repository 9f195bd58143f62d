/** One program that cloister runs on the host. */
export interface ListedTool {
  readonly name: string;
  /** The Debian package that has it. */
  readonly package: string;
  /** `always`, or what cannot be done without it. */
  readonly neededFor: string;
  /** The program that it is taken for where that one is not installed. */
  readonly insteadOf?: string;
  /** Options without which it is too old for us. */
  readonly options: readonly string[];
}

/** Small builds of a shell, of cat and of sleep, which lie in no directory that is looked through for programs. */
export const klibc = { sh: "/usr/lib/klibc/bin/sh", cat: "/usr/lib/klibc/bin/cat", sleep: "/usr/lib/klibc/bin/sleep" } as const;

/** Every program of the host that cloister runs; needed always, or for something. */
export const toolList: readonly ListedTool[] = [
  { name: "sh", package: "dash", neededFor: "always", options: [] },
  { name: "rm", package: "coreutils", neededFor: "always", options: [] },
  { name: "perl", package: "perl-base", neededFor: "always", options: [] },
  {
    name: "unshare",
    package: "util-linux",
    neededFor: "always",
    options: ["--keep-caps", "--kill-child", "--propagation", "--monotonic", "--boottime"],
  },
  { name: "nsenter", package: "util-linux", neededFor: "always", options: ["--target", "--pid"] },
  {
    name: "setpriv",
    package: "util-linux",
    neededFor: "always",
    options: ["--bounding-set", "--ambient-caps", "--inh-caps", "--no-new-privs", "--clear-groups"],
  },
  { name: "flock", package: "util-linux", neededFor: "always", options: [] },
  { name: "mount", package: "mount", neededFor: "always", options: ["--internal-only", "--no-canonicalize", "--fstab"] },
  { name: "ip", package: "iproute2", neededFor: "networks with an eth0 (`network.mode: nat`, `bridge`, `macvlan`, `user`)", options: [] },
  { name: "pasta", package: "passt", neededFor: "`network.mode: user`", options: ["--no-map-gw", "--netns-only"] },
  {
    name: "slirp4netns",
    package: "slirp4netns",
    neededFor: "`network.mode: user` where pasta is not installed",
    insteadOf: "pasta",
    options: ["--disable-host-loopback", "--disable-dns", "--enable-sandbox", "--enable-seccomp", "--api-socket", "--netns-type"],
  },
  { name: "nft", package: "nftables", neededFor: "`network.mode: nat` and `user`, and `egress` and `ingress`", options: [] },
  { name: "catatonit", package: "catatonit", neededFor: "always", options: [] },
  { name: klibc.sh, package: "klibc-utils", neededFor: "processes that are waited for in half of the memory", options: [] },
  { name: "stty", package: "coreutils", neededFor: "terminals inside (`shell`, `exec`, `attach`)", options: [] },
  { name: "mmdebstrap", package: "mmdebstrap", neededFor: "roots from a release", options: [] },
  { name: "debootstrap", package: "debootstrap", neededFor: "roots by debootstrap (mmdebstrap is the default)", options: [] },
  { name: "mkfs.erofs", package: "erofs-utils", neededFor: "roots as one image each (they are kept as trees then)", options: [] },
  { name: "losetup", package: "mount", neededFor: "images of roots on kernels before 6.12", options: [] },
  { name: "mksquashfs", package: "squashfs-tools", neededFor: "roots as one image each on kernels without erofs", options: [] },
  { name: "tar", package: "tar", neededFor: "roots from a tar", options: [] },
  {
    name: "qemu-x86_64-static",
    package: "qemu-user-static",
    neededFor: "roots of other architectures (`rootfs.architecture`)",
    options: [],
  },
  { name: "xz", package: "xz-utils", neededFor: "roots from a .tar.xz", options: [] },
  { name: "zstd", package: "zstd", neededFor: "roots from a .tar.zst", options: [] },
];

/** The Debian package that has a program. */
export function packageOf(name: string): string {
  return toolList.find((one) => one.name === name)?.package ?? name;
}
