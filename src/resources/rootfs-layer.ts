import { createHash } from "node:crypto";
import type { LayeredRootfs, ManagedFile, RootLayer } from "../model/environment.ts";
import type { Step, Text } from "../model/step.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory, imageSteps } from "./rootfs-image.ts";

/** What a layer's build is told. */
export interface LayerBuild extends RootBuild {
  /** Where what it lies on is, from the lowest on. */
  readonly lowers: readonly Text[];
  readonly shim: string;
}

/**
 * First of the 65,536 ids on the host that processes of a layer's build have. No environment is given them (see `allocator`): they own nothing on the host but what
 * such a build writes, and that only while it runs.
 */
const layerIds = 0x7ffd0000;

/** What a layer is known by: the sha256 of all that goes into it, but for what it lies on. */
export function layerDigest(layer: RootLayer): string {
  return sha256(JSON.stringify(layerSpec(layer)));
}

/** What goes into a layer, in one form for all spellings; of files' contents their digests. */
function layerSpec(layer: RootLayer): Readonly<Record<string, unknown>> {
  if (layer.type === "setup") return { type: layer.type, run: layer.run, network: layer.network };
  const files = Object.entries(layer.files).map(([path, file]) => ({
    path,
    ...heldBy(file),
    uid: file.uid,
    gid: file.gid,
    mode: file.mode,
  }));
  return { type: layer.type, files };
}

/** What its layer adds to the name of the root that it lies on. */
export function layerSuffix({ base, layer }: LayeredRootfs): string {
  if (layer.type === "files") return "+files";
  const before = base.type === "layered" && base.layer.type === "setup";
  return before ? `+${setups(base) + 1}` : "+setup";
}

function setups({ base, layer }: LayeredRootfs): number {
  return (layer.type === "setup" ? 1 : 0) + (base.type === "layered" ? setups(base) : 0);
}

/** Steps that make one layer over what it lies on: files of the manifest, or what a command of the root's own leaves. */
export function layerSteps({ layer }: LayeredRootfs, build: LayerBuild): readonly Step[] {
  const { inputs, operation } = operationOf(layer);
  const network = layer.type === "setup" ? layer.network : "none";
  const operands = [build.shim, String(layerIds), network, String(build.lowers.length), ...build.lowers, ...operation];
  return imageSteps(build, {
    title: layer.type === "files" ? `put the files of ${build.name} into place` : `run ${shown(layer.run)} for ${build.name}`,
    builder: layer.type,
    spec: layerSpec(layer),
    command: ["sh", "-c", layerScript, "sh", buildDirectory, ...operands],
    inputs,
  });
}

interface Operation {
  /** Files that are to lie in the build directory, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** For the shim: see src/host/shim-layer.pl. */
  readonly operation: readonly string[];
}

function operationOf(layer: RootLayer): Operation {
  if (layer.type === "setup") return { inputs: {}, operation: ["run", "/bin/sh", "-c", layer.run] };
  const files = Object.entries(layer.files);
  const staged = files.flatMap(([, { content }], index) => (content === undefined ? [] : [[`file-${index}`, content] as const]));
  const words = files.flatMap(([path, file], index) => {
    const { size, sha256: digest } = heldBy(file);
    return [path, file.source ?? `${buildDirectory}/file-${index}`, String(file.uid), String(file.gid), file.mode, String(size), digest];
  });
  return { inputs: Object.fromEntries(staged), operation: ["files", String(files.length), ...words] };
}

function heldBy({ content = "", held }: ManagedFile): { readonly size: number; readonly sha256: string } {
  const [size, digest] = held ?? [Buffer.byteLength(content), sha256(content)];
  return { size, sha256: digest };
}

/** A command as a title has it: its first line, and not all of a long one. */
function shown(run: string): string {
  const [first = ""] = run.trim().split("\n");
  return JSON.stringify(first.length > shownLength || first !== run.trim() ? `${first.slice(0, shownLength)}...` : first);
}

const shownLength = 60;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * `sh -c SCRIPT sh DIRECTORY SHIM IDS NETWORK COUNT LOWER... OPERATION...`: the shim does it over the stack of the lowers, and what it left is the tree of the image: by
 * then nothing lives that was started in there. All output goes one way, so that its lines stay in order, and the last one is a line of its own whatever the command printed.
 */
const layerScript = `set -eu
exec 2>&1
directory=$1 shim=$2 ids=$3 network=$4 count=$5
shift 5
: >"$directory/lowers"
number=0
for lower; do
  if [ "$number" -ge "$count" ]; then break; fi
  number=$((number + 1))
  printf '%s\\n' "$lower" >>"$directory/lowers"
done
echo 'cloister: the layer'
set -- perl "$shim" self layer "$ids" "$network" /run/cloister/tree "$count" "$@"
if [ "$network" = none ]; then set -- unshare --net "$@"; fi
code=0
unshare --mount --pid --uts --ipc --cgroup --fork --kill-child "$@" 9>&- || code=$?
if [ "$code" -ne 0 ]; then
  printf '\\ncloister: it ended with %s\\n' "$code"
  exit 1
fi
echo 'cloister: cleaning up'
perl "$shim" self adopt "$ids" /run/cloister/tree/u
if [ -d "$directory/tree" ]; then
  umount /run/cloister/tree
  mv "$directory/tree/u" "$directory/upper"
  rm -rf "$directory/tree"
  mv "$directory/upper" "$directory/tree"
  mount --bind "$directory/tree" /run/cloister/tree
else
  mount --bind /run/cloister/tree/u /run/cloister/tree
fi
`;
