import { createHash } from "node:crypto";
import { registration } from "../kernel/binfmt.ts";
import type { ElfMachine } from "../kernel/elf.ts";
import type { LockedLayer } from "../model/lock.ts";
import type { ManagedFile } from "../model/managed-file.ts";
import type { RootLock } from "../model/root.ts";
import type { LayeredRootfs, RootLayer } from "../model/rootfs.ts";
import type { Step, Text } from "../model/step.ts";
import { unreachable } from "../model/unreachable.ts";
import { interpreterPath } from "./interpreter.ts";
import type { RootBuild } from "./rootfs-image.ts";
import { buildDirectory, buildIds, imageSteps } from "./rootfs-image.ts";
import { entryBelow, lockedLayer } from "./rootfs-lock.ts";
import type { Beforehand } from "./rootfs-packages.ts";
import { layerRecipe, packagesBefore } from "./rootfs-packages.ts";
import { unpackedDirectory } from "./rootfs-packages-script.ts";

/** What a layer's build is told. */
export interface LayerBuild extends RootBuild {
  /** Where what it lies on is, from the lowest on. */
  readonly lowers: readonly Text[];
  readonly shim: string;
  /** What its programs are told by, where the host cannot run them; else null. */
  readonly elf: ElfMachine | null;
  /** The key of what it lies on. */
  readonly base: string;
}

/** What a layer is known by: the digest of its lock's entry, or the sha256 of all that goes into it, but for what it lies on. */
export function layerDigest(layer: RootLayer): string {
  if (layer.locked !== undefined) return layer.locked;
  const spec = JSON.stringify(layerSpec(layer));
  return sha256(layer.resolving === undefined ? spec : `lock ${spec}`);
}

/** What goes into a layer, in one form for all spellings; of files' contents their digests. */
export function layerSpec(layer: RootLayer): Readonly<Record<string, unknown>> {
  switch (layer.type) {
    case "packages":
      return { type: layer.type, packages: [...new Set(layer.packages)].sort() };
    case "setup":
      return { type: layer.type, run: layer.run, network: layer.network };
    case "files":
      return { type: layer.type, files: Object.entries(layer.files).map(fileSpec) };
    default:
      return unreachable(layer);
  }
}

function fileSpec([path, file]: readonly [string, ManagedFile]) {
  return { path, ...heldBy(file), uid: file.uid, gid: file.gid, mode: file.mode };
}

/** Whether an entry of a lock is of this layer, and of our way to make it. */
export function isCurrentLayer(layer: RootLayer, { spec, from }: LockedLayer): boolean {
  return JSON.stringify(spec) === JSON.stringify(layerSpec(layer)) && (layer.type !== "packages" || from?.recipe === layerRecipe);
}

/** What its layer adds to the name of the root that it lies on. */
export function layerSuffix({ base, layer }: LayeredRootfs): string {
  if (layer.type === "files") return "+files";
  if (layer.type === "packages") return `+${layer.packages.length}`;
  const before = base.type === "layered" && base.layer.type === "setup";
  return before ? `+${setups(base) + 1}` : "+setup";
}

function setups({ base, layer }: LayeredRootfs): number {
  return (layer.type === "setup" ? 1 : 0) + (base.type === "layered" ? setups(base) : 0);
}

/** Steps that make one layer over what it lies on: packages, files of the manifest, or what a command of the root's own leaves. */
export function layerSteps(rootfs: LayeredRootfs, build: LayerBuild): readonly Step[] {
  const { layer } = rootfs;
  const { inputs, operation, operands, before } = operationOf(rootfs, build);
  const network = layer.type === "setup" ? layer.network : "none";
  const { shim, lowers, elf } = build;
  const interpreter: Readonly<Record<string, string>> =
    elf === null || layer.type === "files" ? {} : { interpreter: registration(elf, interpreterPath(elf, build.facts)) };
  const words = [buildDirectory, shim, String(buildIds), network, operation, String(lowers.length), ...lowers, ...operands];
  const { lock, inputs: locking } = lockOf(rootfs, build);
  return imageSteps(build, {
    title: titleOf(layer, build.name),
    builder: layer.type,
    spec: layer.locked === undefined ? layerSpec(layer) : { ...layerSpec(layer), locked: layer.locked },
    command: ["sh", "-c", `${before.script}${layerScript}`, "sh", ...before.operands, ...words],
    inputs: { ...inputs, ...interpreter, ...locking },
    ...(lock === undefined ? {} : { lock }),
  });
}

function titleOf(layer: RootLayer, name: string): string {
  if (layer.type === "packages") return `install the packages of ${name}`;
  return layer.type === "files" ? `put the files of ${name} into place` : `run ${shown(layer.run)} for ${name}`;
}

/** What a layer's build is to be compared with, or what is to be noted of it. */
function lockOf(
  rootfs: LayeredRootfs,
  { name, base, facts }: LayerBuild,
): { readonly lock?: RootLock; readonly inputs: Readonly<Record<string, string>> } {
  const { locked, resolving } = rootfs.layer;
  const over = entryBelow(rootfs);
  // What an apply adds to a locked root comes into the lock when it is done.
  if (locked === undefined && resolving === undefined && rootfs.layer.type === "packages" && over !== null)
    return { lock: { type: "note-layer", base: null, over, name, open: false, recipe: layerRecipe }, inputs: { expects: "note\n" } };
  if (resolving !== undefined) {
    const open = resolving.open === true || (rootfs.layer.type === "setup" && rootfs.layer.network === "host");
    return { lock: { type: "note-layer", base, over: over ?? "", name, open, recipe: layerRecipe }, inputs: { expects: "note\n" } };
  }
  const entry = locked === undefined ? null : lockedLayer(locked, facts);
  if (locked === undefined || entry === null) return { inputs: {} };
  const inputs = { expects: `${entry.result?.mkfs ?? "-"}\n`, entry: `${JSON.stringify(entry)}\n` };
  return { lock: entry.result === null ? { type: "free", digest: locked } : { type: "check", digest: locked, ...entry.result }, inputs };
}

interface Operation {
  /** Files that are to lie in the build directory, by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** For the shim: see src/host/shim-layer.pl. */
  readonly operation: string;
  readonly operands: readonly string[];
  /** What is done before the shim is started. */
  readonly before: Beforehand;
}

function operationOf(rootfs: LayeredRootfs, build: LayerBuild): Operation {
  const { layer } = rootfs;
  const before = { script: "unpack() { :; }\n", operands: [] };
  if (layer.type === "setup") return { inputs: {}, operation: "run", operands: ["/bin/sh", "-c", layer.run], before };
  if (layer.type === "packages") {
    const { inputs, ...fetching } = packagesBefore(rootfs, layer, build);
    const operands = [`${buildDirectory}/Packages`, `${buildDirectory}/wanted`, unpackedDirectory];
    return { inputs, operation: "packages", operands, before: fetching };
  }
  const files = Object.entries(layer.files);
  const staged = files.flatMap(([, { content }], index) => (content === undefined ? [] : [[`file-${index}`, content] as const]));
  const words = files.flatMap(([path, file], index) => {
    const { size, sha256: digest } = heldBy(file);
    return [path, file.source ?? `${buildDirectory}/file-${index}`, String(file.uid), String(file.gid), file.mode, String(size), digest];
  });
  return { inputs: Object.fromEntries(staged), operation: "files", operands: words, before };
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
 * `sh -c SCRIPT sh DIRECTORY SHIM IDS NETWORK OPERATION COUNT LOWER... OPERAND...`: the shim does it over the stack of the lowers, and what it left is the tree of the image: by
 * then nothing lives that was started in there. All output goes one way, so that its lines stay in order, and the last one is a line of its own whatever the command printed.
 */
const layerScript = `set -eu
exec 2>&1
directory=$1 shim=$2 ids=$3 network=$4 operation=$5 count=$6
shift 6
: >"$directory/lowers"
number=0
for lower; do
  if [ "$number" -ge "$count" ]; then break; fi
  number=$((number + 1))
  printf '%s\\n' "$lower" >>"$directory/lowers"
done
echo 'cloister: the layer'
set -- perl "$shim" self layer "$ids" "$network" /run/cloister/tree "$operation" "$count" "$@"
if [ "$network" = none ]; then set -- unshare --net "$@"; fi
code=0
unpack 9>&- | unshare --mount --pid --uts --ipc --cgroup --fork --kill-child "$@" 9>&- || code=$?
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
