import { elfHeaderBytes } from "../kernel/elf.ts";
import type { Root } from "../model/root.ts";
import { layersOf, rootPath } from "../model/root.ts";
import { confinement } from "./confinement.ts";
import { cleanly, treeListing } from "./rootfs-image.ts";

/** A file tree that is read and not run: a root of the store, or a directory. */
export interface Readable<Path = string> {
  /** Images and directories that lie over each other, from the lowest on. */
  readonly layers: readonly Path[];
  /** The upper of an overlay over it, whose changes are to be seen too. */
  readonly upper?: string;
  /** A file that the command may write to, as /output: all that it can change. */
  readonly output?: string;
}

/** A root of the store as what can be read. */
export function readableRoot(store: string, root: Root): Readable {
  return { layers: layersOf(root).map((layer) => rootPath(store, layer)) };
}

/**
 * A command that runs a program of the host in a file tree, which is its working directory: in namespaces of its own, where nothing of the host but programs and
 * libraries is, all of it read-only. No link in the tree leads to a file of the host, and nothing of the tree is run.
 */
export function readingCommand<Path>(
  shim: string,
  { layers, upper = "", output = "" }: Readable<Path>,
  command: readonly string[],
): readonly (string | Path)[] {
  const operands = [shim, upper, output, String(layers.length), ...layers];
  return [...cleanly, "unshare", "--net", "sh", "-c", readingScript, "sh", ...operands, ...command];
}

/** Each entry: type, mode, uid, gid, size, target of a link and path, each ended by NUL. Then of each file its sha256 and path, likewise. */
export const listingCommand = ["sh", "-c", "find . -mindepth 1 -printf '%y\\0%m\\0%U\\0%G\\0%s\\0%l\\0%p\\0'"] as const;

/** `sha256  ./path`, ended by NUL, of each file. */
export const hashingCommand = ["sh", "-c", "find . -type f -print0 | xargs -0 -r sha256sum -z --"] as const;

/** The digest of a tree, as it was made when it was built. */
export const treeDigestCommand = ["sh", "-c", `{ ${treeListing}; } | sha256sum`] as const;

/** dpkg's own record of what is installed; nothing where there is none. */
export const packagesCommand = ["sh", "-c", "if [ -f var/lib/dpkg/status ]; then cat var/lib/dpkg/status; fi"] as const;

/** The beginning of the first program, in hex, of those that a shell finds before others; nothing where there is none. No link is followed: it could lead out of the tree. */
export const programCommand = [
  "sh",
  "-c",
  `find usr/bin bin . -type f -perm /111 -print0 2>/dev/null |
perl -0 -ne 'chomp; open(F, "<", $_) && sysread(F, $h, ${elfHeaderBytes}) && $h =~ /^\x7fELF/ or next; print unpack "H*", $h; exit'`,
] as const;

/** An archive that is the same for the same tree. */
export const archiveCommand = [
  ...[
    "tar",
    "--create",
    "--file=-",
    "--sort=name",
    "--numeric-owner",
    "--format=posix",
    "--xattrs",
    "--xattrs-include=security.capability",
  ],
  ...["--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime", "."],
] as const;

/** An erofs image of the tree in /output, the same for the same tree: no date in it is newer than that of the tree's newest file. */
export const erofsCommand = [
  "sh",
  "-c",
  `newest=$(find . -printf '%T@\\n' | sort -n | tail -n 1)
export SOURCE_DATE_EPOCH="\${newest%.*}"
exec mkfs.erofs -U 00000000-0000-0000-0000-000000000000 /output . >/dev/null`,
] as const;

/** An archive of a layout, whose members have no more names than they need. */
export const layoutCommand = [
  ...["tar", "--create", "--file=-", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", "--mtime=@0", "--format=ustar"],
  ...["oci-layout", "index.json", "blobs"],
] as const;

// A machine has a /sys and no store in it, so that this place covers nothing that is needed.
const readingScript = `set -eu
${confinement}
shim=$1 upper=$2 output=$3 count=$4
shift 4
furnish /sys
stack=
layer() {
  mkdir "$1"
  perl "$shim" self image "$2" "/sys/$1"
  stack=$1\${stack:+:$stack}
}
number=0
while [ "$number" -lt "$count" ]; do
  number=$((number + 1))
  layer "$number" "$1"
  shift
done
if [ -n "$upper" ]; then layer upper "$upper"; fi
case $stack in
*:*) mount -t overlay -o "ro,nosuid,nodev,noexec,lowerdir=$stack,metacopy=on" cloister tree ;;
*) mount --bind "$stack" tree && mount -o remount,bind,ro,nosuid,nodev,noexec tree ;;
esac
if [ -n "$output" ]; then
  : >output
  mount --bind "$output" output
  mount -o remount,bind,nosuid,nodev,noexec output
fi
enter
cd /tree
exec setpriv --no-new-privs --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all,+dac_read_search "$@"
`;
