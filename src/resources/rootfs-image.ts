import type { Address } from "../model/address.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { RootPlan } from "../model/root.ts";
import type { Step, Text } from "../model/step.ts";

/** What every kind of root's build is told. */
export interface RootBuild {
  readonly key: string;
  readonly name: string;
  readonly address: Address;
  readonly store: string;
  readonly facts: Facts;
}

/** What makes the tree: a command that fills /run/cloister/tree and writes the date for its files to `epoch` in the build directory. */
export interface TreeCommand {
  readonly title: string;
  readonly builder: RootPlan["builder"];
  readonly spec: RootPlan["spec"];
  readonly command: readonly Text[];
  /** Files that are to lie in the build directory, by name. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly lock?: RootPlan["lock"];
}

/** Where the build directory `STORE/tmp/KEY` appears to the command: `epoch`, `packages` and `image` (or `tree`, `digest` and `bytes`) come to lie in it. */
export const buildDirectory = "/run/cloister/build";

/** Where the store appears to the command. */
export const storeInside = "/run/cloister/store";

/** The build directory once more, in there: what is linked from one directory into another must be in the same mount. */
export const inStore = "/run/cloister/in-store";

/**
 * First of the 65,536 ids on the host that programs of a root have while it is built. No environment is given them (see `allocator`): they own nothing on the host but
 * what such a build writes, and that only while it runs.
 */
export const buildIds = 0x7ffd0000;

/** All steps of a build: a locked directory, tree and image, and the one rename that makes the image a root of the store. */
export function imageSteps(build: RootBuild, { title, builder, spec, command, inputs = {}, lock }: TreeCommand): readonly Step[] {
  const format = text(build.facts, "tool/mkfs.erofs") === null ? "tree" : "erofs";
  const { key, name, store, address } = build;
  const words = [...cleanly, "sh", "-c", rootScript, "sh", `${store}/tmp/${key}`, format, ...command];
  return [
    { title: `prepare the build of ${name}`, type: "stage", store, key },
    ...Object.entries(inputs).map(([file, content]): Step => {
      const path = `${store}/tmp/${key}/${file}`;
      return { title: `note ${file} of ${name}`, type: "write", path, content, to: "file" };
    }),
    { title, type: "run", progress: builder, log: `${store}/logs/${key}.log`, command: words },
    {
      title: `put ${name} into the store`,
      type: "image",
      of: address,
      store,
      root: { key, name, spec, builder, format, ...(lock === undefined ? {} : { lock }) },
    },
  ];
}

/**
 * How the command begins: an empty environment (an inherited TMPDIR breaks base-passwd); the kernel ends it when the process that started it
 * ends, however that ends; and mounts, processes and system V objects of its own, which end with it.
 */
export const cleanly = [
  ...[
    "env",
    "--ignore-environment",
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "DEBIAN_FRONTEND=noninteractive",
  ],
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--mount", "--pid", "--mount-proc", "--ipc", "--fork", "--kill-child"],
] as const;

/** What the digest of a tree is made of: a list of commands of a shell, which stands in it. */
export const treeListing =
  "find . -printf '%y %m %U %G %s %p\\0%l\\0' | sort -z; find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z --";

/**
 * `sh -c SCRIPT sh DIRECTORY FORMAT COMMAND...`. Whoever began the build holds a lock until it ends: one that was killed before the kernel was asked to
 * tell this of its death holds none any more. The directory is locked while any of this lives. The tree is built in memory where there is enough
 * (a busy disk makes dpkg twice as slow), else, or where it turns out not to fit, on disk; either way it appears as /run/cloister/tree, in a mount namespace
 * of its own: apt's unprivileged downloader reaches it there, and no other user of the host. What is written to /tmp ends with that namespace too.
 * mkfs.erofs takes SOURCE_DATE_EPOCH for what is newer (its -T would set it on every file), and no date or UUID of its own. The digest of a tree is of
 * each path its type, mode, owner, size and link target, and the sha256 of each file; dates are left out. Where `expects` names another maker of the image
 * than the one that is here, the tree is digested as a tar too: images of two versions of mkfs.erofs need not be the same.
 */
const rootScript = `set -eu
directory=$1 format=$2
shift 2
if [ ! -e "$directory.lock" ] || flock --nonblock "$directory.lock" true; then echo 'cloister: whoever began this build is gone'; exit 1; fi
exec 9>>"$directory/alive"
flock 9
if [ -e "$directory/done" ]; then exit 0; fi
mkdir -p -m 711 /run/cloister
mount -t tmpfs -o mode=755,size=25%,nosuid cloister /run/cloister
mkdir -m 1777 /run/cloister/tree /run/cloister/build /run/cloister/upper /run/cloister/work
mkdir -m 700 ${storeInside}
mount --bind "\${directory%/tmp/*}" ${storeInside}
ln -s "${storeInside}/tmp/\${directory##*/}" ${inStore}
mount --bind "$directory" /run/cloister/build
directory=/run/cloister/build
mount -t overlay -o lowerdir=/tmp,upperdir=/run/cloister/upper,workdir=/run/cloister/work cloister-tmp /tmp
on_disk() {
  mkdir -m 755 "$directory/tree"
  mount --bind "$directory/tree" /run/cloister/tree
}
free=0
while read -r name number unit; do
  if [ "$name" = MemAvailable: ]; then free=$number; fi
done </proc/meminfo
if [ "$format" = tree ] || [ "$free" -lt 2000000 ]; then
  on_disk
  "$@"
else
  mount -t tmpfs -o "mode=755,size=$((free / 2))k" cloister-tree /run/cloister/tree
  "$@" || {
    code=$?
    if [ "$(stat -f -c %a /run/cloister/tree)" -gt 1024 ]; then exit $code; fi
    echo 'cloister: the tree does not fit into memory, building it on disk'
    umount -l /run/cloister/tree
    on_disk
    "$@"
  }
fi
echo 'cloister: making the image'
if [ "$format" = erofs ]; then
  read -r SOURCE_DATE_EPOCH <"$directory/epoch"
  export SOURCE_DATE_EPOCH
  set -- -U 00000000-0000-0000-0000-000000000000
  mkfs.erofs -V >/run/cloister/version 2>/dev/null &
  mkfs.erofs "$@" "$directory/image" /run/cloister/tree >/dev/null
  wait
  read -r version </run/cloister/version
  echo "$version $*" >"$directory/mkfs"
else
  cd /run/cloister/tree
  { ${treeListing}; } >"$directory/listing"
  find . -type f -printf '%s\\n' | awk '{ n += $1 } END { printf "%d\\n", n }' >"$directory/bytes"
  sync -f .
  sha256sum <"$directory/listing" >"$directory/digest"
fi
if [ -e "$directory/expects" ] && ! cmp -s "$directory/expects" "$directory/mkfs"; then
  read -r epoch <"$directory/epoch"
  cd /run/cloister/tree
  tar --create --sort=name --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime --numeric-owner \\
    --mtime="@$epoch" --clamp-mtime --xattrs --xattrs-include=security.capability . | sha256sum >"$directory/tree-digest"
  find . -printf . | wc -c >"$directory/tree-files"
fi
`;
