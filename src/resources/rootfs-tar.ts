import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Step } from "../model/step.ts";
import { confinement } from "./confinement.ts";
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

/** `sh -c SCRIPT sh DIRECTORY TAR SHA256`. The archive is hostile: a name or link that points out of the tree can point at nothing that could be written. */
const tarScript = `set -eu
${confinement}
directory=$1 sha256=$3
echo 'cloister: unpacking'
exec 3<"$2"
if [ "$(sha256sum </proc/self/fd/3)" != "$sha256  -" ]; then echo 'cloister: the archive changed while it was read'; exit 1; fi
exec 4>"$directory/epoch"
mkdir -p /run/cloister/root
furnish /run/cloister/root
give_tree /run/cloister/tree
: >archive
mount -c --bind /proc/self/fd/3 archive
mount -o remount,bind,ro,nosuid,nodev,noexec archive
exec 3<&-
enter
since=$(date +%s)
unpack /archive /tree 4>&- | judge
settle /tree "$since" >&4
`;
