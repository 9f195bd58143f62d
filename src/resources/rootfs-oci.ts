import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { OciImage } from "../model/oci.ts";
import { noLayout, parseOciImage } from "../model/oci.ts";
import type { Rootfs } from "../model/rootfs.ts";
import type { Step } from "../model/step.ts";
import { confinement } from "./confinement.ts";
import { layerProgram } from "./oci-layer.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory, imageSteps } from "./rootfs-image.ts";

type OciRootfs = Extract<Rootfs, { readonly type: "oci" }>;

/** The fact that tells of the image. */
export function ociFact({ oci, image, architecture }: OciRootfs): string {
  return `oci/${image ?? ""}${architecture === undefined ? "" : `|${architecture}`} ${oci}`;
}

/** Steps that check each layer's digest and unpack it where nothing but the tree can be changed, and make an image of what they are together. */
export function ociSteps(rootfs: OciRootfs, build: RootBuild): readonly Step[] {
  const image = parseOciImage(text(build.facts, ociFact(rootfs))) ?? { manifest: "", layers: [] };
  const words = image.layers.flatMap(({ file, offset, size, digest, diffId, compression }) => [
    ...[file, String(offset + 1), String(size)],
    ...[digest, diffId, compression],
  ]);
  const command = ["unshare", "--mount", "--net", "sh", "-c", ociScript, "sh", buildDirectory, layerProgram, ...words];
  const spec = { type: "oci", manifest: image.manifest };
  return imageSteps(build, { title: `unpack ${rootfs.oci}`, builder: "oci", spec, command });
}

/** Why no root can be made of it, or what that would need and is not here. */
export function ociProblems(rootfs: OciRootfs, facts: Facts): readonly Diagnostic[] {
  const fact = facts.get(ociFact(rootfs));
  if ("absent" in fact) {
    const message = `${rootfs.oci} cannot be used as a root: ${fact.absent}`;
    const hint = fact.absent === noLayout ? { hint: "skopeo copy docker://IMAGE oci:DIRECTORY:NAME makes one that can" } : {};
    return [{ code: "rootfs/bad-image", severity: "error", message, ...hint }];
  }
  const image: OciImage | null = parseOciImage(fact.text);
  const zstd = image?.layers.some(({ compression }) => compression === "zstd") === true && text(facts, "tool/zstd") === null;
  if (!zstd) return [];
  const message = `zstd is not installed, it is needed to unpack ${rootfs.oci}`;
  return [{ code: "rootfs/no-tool", severity: "error", message, hint: "apt-get install zstd" }];
}

/**
 * `sh -c SCRIPT sh DIRECTORY PROGRAM (FILE START SIZE SHA256 DIFFID COMPRESSION)...`. Outside, the layers are only copied and compared with their
 * digests; they are unpacked, one after the other, where they can change nothing but the tree.
 */
const ociScript = `set -eu
${confinement}
directory=$1 program=$2
shift 2
exec 4>"$directory/epoch"
mkdir "$directory/blobs" "$directory/work"
number=0
: >"$directory/blobs/list"
while [ "$#" -gt 0 ]; do
  number=$((number + 1))
  echo "cloister: layer $number"
  tail -c "+$2" <"$1" | head -c "$3" >"$directory/blobs/$number"
  if [ "$(sha256sum <"$directory/blobs/$number")" != "$4  -" ]; then echo "cloister: layer $number is not what its digest says"; exit 1; fi
  echo "$number $5 $6" >>"$directory/blobs/list"
  shift 6
done
mkdir -p /run/cloister/root
furnish /run/cloister/root
give_tree /run/cloister/tree
mkdir blobs work
mount --bind "$directory/blobs" blobs
mount -o remount,bind,ro,nosuid,nodev,noexec blobs
mount --bind "$directory/work" work
mount -o remount,bind,nosuid,nodev,noexec work
enter
since=$(date +%s)
while read -r number digest compression <&3; do
  echo "cloister: unpacking layer $number"
  case $compression in
  none) set -- cat ;;
  gzip) set -- gzip --decompress --stdout ;;
  zstd) set -- zstd --decompress --stdout --quiet ;;
  esac
  found=$(as_owner "$@" <"/blobs/$number" | tee /work/layer | sha256sum)
  if [ "$found" != "$digest  -" ]; then echo "cloister: layer $number is not what its digest says when unpacked"; exit 1; fi
  layer=$(mktemp -d /tree/.layer.XXXXXXXXXX)
  as_owner tar --list --quoting-style=escape --file=/work/layer >/work/names 2>/dev/null || :
  unpack /work/layer "$layer" 4>&- | judge
  as_owner touch --reference="$layer" /work/date
  as_owner perl -e "$program" "$layer" /tree /work/names
  rmdir "$layer"
  if grep -qx '[./]*' /work/names; then as_owner touch --reference=/work/date /tree; fi
done 3</blobs/list
settle /tree "$since" >&4
`;
