import { createHash } from "node:crypto";
import type { Address } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { LockedRoot } from "../model/lock.ts";
import { lockedKey } from "../model/lock.ts";
import { parseOciImage } from "../model/oci.ts";
import type { SharedResource } from "../model/resource.ts";
import type { LowerRoot, Root } from "../model/root.ts";
import { digest16, layeredKey, parseRoot, rootPath } from "../model/root.ts";
import type { BuiltRootfs, LayeredRootfs, ReleaseRootfs, Rootfs } from "../model/rootfs.ts";
import { releaseOf, stagesOf, wholeRootfs } from "../model/rootfs.ts";
import type { Text } from "../model/step.ts";
import { unreachable } from "../model/unreachable.ts";
import { foreignElf, interpreterFacts } from "./interpreter.ts";
import { layerDigest, layerSteps, layerSuffix } from "./rootfs-layer.ts";
import { lockFacts, lockProblem } from "./rootfs-lock.ts";
import { ociFact, ociProblems, ociSteps } from "./rootfs-oci.ts";
import { keyringProblem, offlineProblem, releaseSteps, shapingOptions, toolProblem } from "./rootfs-release.ts";
import { normalisation, recipe } from "./rootfs-release-script.ts";
import { tarProblem, tarSteps } from "./rootfs-tar.ts";
import { parseSource } from "./source.ts";

/** Roots in the store: built once, shared by every environment that asks for the same. */
export const roots: SharedResource<BuiltRootfs> = {
  name: "rootfs",
  facts: ({ rootfs }) => rootFacts(rootfs),
  want: ({ rootfs }, facts) => stagesOf(rootfs).map((stage) => ({ key: rootKey(stage, facts), want: stage })),
  address: (key, want) => rootAddress(key, want),
  have: (_key, want, facts) => builtRoot(want, facts) !== null,
  describe: (want) => rootName(want),
  create({ key, address, want, facts, places, machine, building }) {
    const elf = foreignElf(want, machine);
    const plan = { key, name: rootName(want), address, store: places.store, facts };
    switch (want.type) {
      case "release":
        return releaseSteps(want, { ...plan, spec: rootSpec(want), shim: machine.shim, elf });
      case "tar":
        return tarSteps(want.tar, plan);
      case "oci":
        return ociSteps(want, plan);
      case "layered": {
        const lowers = stagesOf(want.base).map((stage) => stagePath(stage, { facts, store: places.store, building }));
        return layerSteps(want, { ...plan, lowers, shim: machine.shim, elf, base: rootKey(want.base, facts) });
      }
      default:
        return unreachable(want);
    }
  },
};

interface StagePlace {
  readonly facts: Facts;
  readonly store: string;
  /** What the same plan builds. */
  readonly building: ReadonlySet<Address>;
}

/** Where a stage lies, or will lie when it is built. */
export function stagePath(stage: BuiltRootfs, { facts, store, building }: StagePlace): Text {
  const address = rootAddress(rootKey(stage, facts), stage);
  const built = building.has(address) ? null : builtRoot(stage, facts);
  return built === null ? { of: address, name: "path" } : rootPath(store, built);
}

/** The first 16 digits of its digest, known or not yet. */
export function stageName(stage: BuiltRootfs, facts: Facts): Text {
  const built = builtRoot(stage, facts);
  return built === null ? { of: rootAddress(rootKey(stage, facts), stage), name: "digest16" } : digest16(built);
}

/** What must be seen of the machine to plan a root. `tar/PATH` and `oci/NAME PATH` bring the fact `store/KEY` of their own key with them. */
export function rootFacts(rootfs: Rootfs): readonly string[] {
  switch (rootfs.type) {
    case "release":
      return [
        ...interpreterFacts(rootfs),
        ...[`store/${releaseKey(rootfs)}`, "tool/mmdebstrap", "tool/debootstrap", "tool/mkfs.erofs", `source/${rootfs.keyring}`],
        "run/offline",
        ...lockFacts(rootfs),
      ];
    case "tar":
      return [
        `tar/${rootfs.tar}`,
        `store/${noArchive}`,
        `source/${rootfs.tar}`,
        "tool/mkfs.erofs",
        "tool/xz",
        "tool/zstd",
        ...interpreterFacts(rootfs),
      ];
    case "oci":
      return [ociFact(rootfs), `store/${noArchive}`, `source/${rootfs.oci}`, "tool/mkfs.erofs", "tool/zstd", ...interpreterFacts(rootfs)];
    case "layered":
      return layeredFacts(rootfs);
    case "directory":
      return [`source/${rootfs.directory}`];
    default:
      return unreachable(rootfs);
  }
}

/** `layers/DIGEST,... ARCHIVE`: brings the facts `store/KEY` of all layers over an archive with it, whose key only its bytes tell. */
function layeredFacts(rootfs: LayeredRootfs): readonly string[] {
  const whole = wholeRootfs(rootfs);
  const layers = stagesOf(rootfs).flatMap((stage) => (stage.type === "layered" ? [stage] : []));
  const stores = (key: string) => layers.map((stage) => `store/${layeredKeyOf(stage, key)}`);
  if (whole.type === "release")
    return [...rootFacts(whole), ...layers.flatMap(({ layer }) => lockFacts(layer)), ...stores(releaseKey(whole))];
  const archive = whole.type === "tar" ? `tar/${whole.tar}` : ociFact(whole);
  return [...rootFacts(whole), ...stores(noArchive), `layers/${layers.map(({ layer }) => layerDigest(layer)).join(",")} ${archive}`];
}

function layeredKeyOf({ base, layer }: LayeredRootfs, key: string): string {
  return layeredKey(base.type === "layered" ? layeredKeyOf(base, key) : key, layerDigest(layer));
}

/**
 * What a root is known by in the store, 16 hex digits: of a release the sha256 of the normalised spec (neither mirror, keyring, tool nor date),
 * or, where it is locked, the digest of the lock's entry; of a tar the sha256 of its bytes, of an OCI image that of its manifest. An archive that is not there has a key that no root in the store has.
 */
export function rootKey(rootfs: BuiltRootfs, facts: Facts): string {
  if (rootfs.type === "layered") return layeredKeyOf(rootfs, rootKey(wholeRootfs(rootfs), facts));
  if (rootfs.type === "release") return releaseKey(rootfs);
  const digest = rootfs.type === "tar" ? text(facts, `tar/${rootfs.tar}`) : (parseOciImage(text(facts, ociFact(rootfs)))?.manifest ?? null);
  return (digest ?? noArchive).slice(0, 16);
}

const noArchive = "0000000000000000";

/** Short name of a root for people: `bookworm-minbase`, `jammy-minbase+2`, the path of a tar, an OCI image or a directory. */
export function rootName(rootfs: Rootfs): string {
  switch (rootfs.type) {
    case "release":
      return `${rootfs.release}-${rootfs.variant}${rootfs.architecture === undefined ? "" : `-${rootfs.architecture}`}${rootfs.packages.length === 0 ? "" : `+${rootfs.packages.length}`}`;
    case "tar":
      return rootfs.tar;
    case "oci":
      return rootfs.image === null ? rootfs.oci : `${rootfs.oci}:${rootfs.image}`;
    case "layered":
      return `${rootName(rootfs.base)}${layerSuffix(rootfs)}`;
    case "directory":
      return rootfs.directory;
    default:
      return unreachable(rootfs);
  }
}

/** What is missing here to build or use this root: told with a plan, and refused before anything is started. [] where it stands in the store. */
export function rootProblems(rootfs: Rootfs, facts: Facts): readonly Diagnostic[] {
  switch (rootfs.type) {
    case "release":
      if (builtRoot(rootfs, facts) !== null) return [];
      return releaseProblems(rootfs, facts).filter((problem) => problem !== null);
    case "tar":
      if (builtRoot(rootfs, facts) !== null) return [];
      return [...missing(rootfs.tar, "file", facts), tarProblem(rootfs.tar, facts)].filter((problem) => problem !== null);
    case "oci":
      return builtRoot(rootfs, facts) !== null ? [] : ociProblems(rootfs, facts);
    case "layered":
      return builtRoot(rootfs, facts) !== null ? [] : layerProblems(rootfs, facts);
    case "directory":
      return missing(rootfs.directory, "directory", facts);
    default:
      return unreachable(rootfs);
  }
}

function missing(path: string, type: "file" | "directory", facts: Facts): readonly Diagnostic[] {
  const source = parseSource(text(facts, `source/${path}`));
  if (source?.type === type) return [];
  const is = source === null ? "is not there" : `is no ${type}`;
  return [{ code: "rootfs/missing", severity: "error", message: `the root's ${type === "file" ? "tar" : "directory"} ${is}: ${path}` }];
}

function layerProblems(rootfs: LayeredRootfs, facts: Facts): readonly Diagnostic[] {
  const below = rootProblems(rootfs.base, facts);
  const { layer } = rootfs;
  const release = releaseOf(rootfs);
  const locked = lockProblem(layer, rootName(rootfs), facts);
  if (locked !== null) return [...below, locked];
  if (below.length > 0 || layer.type !== "packages" || release === null || layer.locked !== undefined) return below;
  return [keyringProblem(release, facts), offlineProblem(rootName(rootfs), release, facts)].filter((problem) => problem !== null);
}

function releaseProblems(rootfs: ReleaseRootfs, facts: Facts): readonly (Diagnostic | null)[] {
  if (rootfs.locked !== undefined) return [toolProblem(rootfs, facts), lockProblem(rootfs, rootfs.release, facts)];
  return [toolProblem(rootfs, facts), keyringProblem(rootfs, facts), offlineProblem(rootName(rootfs), rootfs, facts)];
}

function releaseKey(rootfs: ReleaseRootfs): string {
  if (rootfs.locked !== undefined) return lockedKey(rootfs.locked);
  const spec = JSON.stringify(rootSpec(rootfs));
  return sha256(rootfs.resolving === undefined ? spec : `lock ${spec}`).slice(0, 16);
}

/** What decides the content of a release's root, in one form for all spellings. */
export function rootSpec(rootfs: ReleaseRootfs): Readonly<Record<string, unknown>> {
  const { distribution, release, variant, components, packages, snapshot, architecture } = rootfs;
  const spec = { type: "release", distribution, release, variant, components: sortedSet(components), packages: sortedSet(packages) };
  return { ...spec, ...(snapshot === undefined ? {} : { snapshot }), ...(architecture === undefined ? {} : { architecture }) };
}

/** Whether an entry of a lock is of this root, and of our way to build. */
export function isCurrent(rootfs: ReleaseRootfs, entry: LockedRoot): boolean {
  const { recipe: own, options } = entry.builder;
  return (
    JSON.stringify(entry.spec) === JSON.stringify(rootSpec(rootfs)) &&
    own === recipe &&
    JSON.stringify(options) === JSON.stringify(shapingOptions(rootfs)) &&
    JSON.stringify(entry.normalisation) === JSON.stringify(normalisation)
  );
}

function sortedSet(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

function sha256(value: string): string {
  return createHash("sha256").update(value).digest("hex");
}

/** The address of a root in the store: its short name, told apart by the start of its key. Steps refer by it to what is not known before it is built. */
export function rootAddress(key: string, rootfs: BuiltRootfs): string {
  return `rootfs[${JSON.stringify(`${rootName(rootfs).split("/").at(-1) ?? ""}@${key.slice(0, 4)}`)}]`;
}

/** A root that stands in the store, or null where it is yet to be built; a layer is none over other layers than those that are there now. */
export function builtRoot(rootfs: BuiltRootfs, facts: Facts): Root | null {
  const index = text(facts, `store/${rootKey(rootfs, facts)}`);
  const root = index === null ? null : parseRoot(index);
  if (root === null || rootfs.type !== "layered") return root;
  const base = builtRoot(rootfs.base, facts);
  return base !== null && sameChain(root.lowers ?? [], [...(base.lowers ?? []), base]) ? root : null;
}

// All of them: a layer in the middle may have the same bytes over another base.
function sameChain(one: readonly LowerRoot[], other: readonly LowerRoot[]): boolean {
  return one.length === other.length && one.every(({ digest }, index) => digest === other[index]?.digest);
}
