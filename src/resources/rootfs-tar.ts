import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Step } from "../model/step.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory, imageSteps } from "./rootfs-image.ts";

/** Steps that unpack a tar (gz, xz, bz2 or zst too) where nothing but the tree can be changed, and make an image of it. */
export function tarSteps(tar: string, build: RootBuild): readonly Step[] {
  const sha256 = text(build.facts, `tar/${tar}`) ?? "";
  const command = ["unshare", "--mount", "--net", "sh", "-c", tarScript, "sh", buildDirectory, tar, sha256];
  return imageSteps(build, { title: `unpack ${tar}`, builder: "tar", spec: { type: "tar", sha256 }, command });
}

/** What unpacking it would need and is not here, or null. GNU tar starts the program for the archive's compression by itself. */
export function tarProblem(tar: string, facts: Facts): Diagnostic | null {
  const needed = unpackers.find(({ suffix }) => suffix.test(tar));
  if (needed === undefined || text(facts, `tool/${needed.tool}`) !== null) return null;
  const message = `${needed.tool} is not installed, it is needed to unpack ${tar}`;
  return { code: "rootfs/no-tool", severity: "error", message, hint: `apt-get install ${needed.package}` };
}

const unpackers = [
  { suffix: /\.(xz|txz)$/, tool: "xz", package: "xz-utils" },
  { suffix: /\.(zst|tzst)$/, tool: "zstd", package: "zstd" },
] as const;

/**
 * `sh -c SCRIPT sh DIRECTORY TAR SHA256`. The archive is hostile, so tar sees a root of its own: a small read-only tmpfs with the host's programs and
 * libraries (read-only), the archive and the tree; no /proc, /sys, /dev or network, no process but its own. A name or link that points out of
 * the tree can point at nothing that could be written. Of root's capabilities it has those that owners and modes need, and not MKNOD: device
 * nodes are left out, and that alone is no failure, for many roots carry a /dev and each environment has its own.
 */
const tarScript = `set -eu
directory=$1 sha256=$3
echo 'cloister: unpacking'
exec 3<"$2"
if [ "$(sha256sum </proc/self/fd/3)" != "$sha256  -" ]; then echo 'cloister: the archive changed while it was read'; exit 1; fi
stat -L -c %Y /proc/self/fd/3 >"$directory/epoch"
mkdir -p /run/cloister/root
mount -t tmpfs -o mode=755,size=1m,nosuid,nodev cloister /run/cloister/root
for name in bin lib lib32 lib64 libx32 usr; do
  if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "/run/cloister/root/$name"; continue; fi
  if [ ! -d "/$name" ]; then continue; fi
  mkdir "/run/cloister/root/$name"
  mount --bind "/$name" "/run/cloister/root/$name"
  mount -o remount,bind,ro,nosuid,nodev "/run/cloister/root/$name"
done
mkdir /run/cloister/root/tree /run/cloister/root/proc /run/cloister/root/old
mount --bind /run/cloister/tree /run/cloister/root/tree
mount -o remount,bind,nosuid,nodev,noexec /run/cloister/root/tree
: >/run/cloister/root/archive
mount -c --bind /proc/self/fd/3 /run/cloister/root/archive
mount -o remount,bind,ro,nosuid,nodev,noexec /run/cloister/root/archive
exec 3<&-
mount -t proc proc /run/cloister/root/proc
mount -o remount,ro,nosuid,nodev /run/cloister/root
cd /run/cloister/root
pivot_root . old
cd /
umount -l /old
umount -l /proc
unpack() {
  setpriv --no-new-privs --clear-groups --inh-caps=-all --ambient-caps=-all \\
    --bounding-set=-all,+chown,+dac_override,+fowner,+fsetid,+setfcap \\
    tar --extract --file=/archive --directory=/tree --numeric-owner --same-owner --same-permissions --delay-directory-restore \\
    --xattrs --xattrs-include=security.capability --warning=no-timestamp --warning=no-unknown-keyword \\
    </archive 9>&- 2>&1 || echo "tar: ended with $?"
}
unpack | {
  failed= devices=0
  while IFS= read -r line; do
    case $line in
    "tar: "*": Cannot mknod: Operation not permitted") devices=$((devices + 1)) && continue ;;
    "tar: Removing leading "* | 'tar: Exiting with failure status due to previous errors' | 'tar: ended with 2') ;;
    *) failed=1 ;;
    esac
    printf '%s\\n' "$line"
  done
  if [ "$devices" -gt 0 ]; then echo "cloister: $devices device nodes were left out"; fi
  test -z "$failed"
}
`;
