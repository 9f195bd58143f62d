import type { Address } from "../model/address.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { RootPlan } from "../model/root.ts";
import type { Step } from "../model/step.ts";

/** What every kind of root's build is told. */
export interface RootBuild {
  readonly key: string;
  readonly name: string;
  readonly address: Address;
  readonly store: string;
  readonly facts: Facts;
}

/** How the tree in the build directory was made: the step that made it, and what to note of it. */
export interface TreeBuild {
  readonly builder: RootPlan["builder"];
  readonly spec: RootPlan["spec"];
  readonly step: Step;
}

/** The build directory's path: `tree`, `epoch`, `packages` and `image` come to lie in it. */
export function buildDirectory(build: RootBuild): string {
  return `${build.store}/tmp/${build.key}`;
}

/** The log of the last build of this root. */
export function buildLog(build: RootBuild): string {
  return `${build.store}/logs/${build.key}.log`;
}

/** All steps of a build: a locked directory, the tree, the image of it, and the one rename that makes it a root of the store. */
export function imageSteps(build: RootBuild, { builder, spec, step }: TreeBuild): readonly Step[] {
  const format = text(build.facts, "tool/mkfs.erofs") === null ? "tree" : "erofs";
  const { key, name, store, address } = build;
  const image = { title: `make the image of ${name}`, type: "run", progress: "image", log: buildLog(build) } as const;
  return [
    { title: `prepare the build of ${name}`, type: "stage", store, key },
    step,
    { ...image, command: [...cleanly, "sh", "-c", format === "erofs" ? erofsScript : treeScript, "sh", buildDirectory(build)] },
    { title: `put ${name} into the store`, type: "image", of: address, store, root: { key, name, spec, builder, format } },
  ];
}

/**
 * The start of every command of a build: an empty environment (an inherited TMPDIR breaks base-passwd), and the kernel ends it when the
 * process that started it ends, however that ends.
 */
export const cleanly = [
  "env",
  "--ignore-environment",
  "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
  "HOME=/root",
  "LC_ALL=C.UTF-8",
  "DEBIAN_FRONTEND=noninteractive",
  "setpriv",
  "--pdeathsig",
  "KILL",
] as const;

/** Its own mounts, processes and system V objects: whatever it starts or mounts ends with it. */
export const apart = ["unshare", "--mount", "--pid", "--mount-proc", "--ipc", "--fork", "--kill-child"] as const;

/** How every script of a build begins, with the build directory as `$1`: locked while any of it lives, and nothing to do where another run did it. */
export const begin = `exec 9>>"$1/alive"
flock 9
if [ -e "$1/done" ]; then exit 0; fi
`;

// mkfs.erofs takes SOURCE_DATE_EPOCH for what is newer (its -T would set it on every file), and no date or UUID of its own.
const erofsScript = `set -eu
${begin}read -r SOURCE_DATE_EPOCH <"$1/epoch"
export SOURCE_DATE_EPOCH
exec mkfs.erofs -U 00000000-0000-0000-0000-000000000000 "$1/image" "$1/tree" >/dev/null
`;

// The digest of a tree: of each path its type, mode, owner, size and link target, and the sha256 of each file. Dates are left out.
const treeScript = `set -eu
${begin}cd "$1/tree"
find . -printf '%y %m %U %G %s %p\\0%l\\0' | sort -z >"$1/listing"
find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z -- >>"$1/listing"
find . -type f -printf '%s\\n' | awk '{ n += $1 } END { printf "%d\\n", n }' >"$1/bytes"
sync -f .
sha256sum <"$1/listing" >"$1/digest"
`;
