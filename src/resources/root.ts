import { createHash } from "node:crypto";
import { locate, option, overlayLayers, parseMountinfo } from "../kernel/mountinfo.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import { chainName, digest16, rootPath } from "../model/root.ts";
import type { Rootfs } from "../model/rootfs.ts";
import { stagesOf } from "../model/rootfs.ts";
import type { Step, Text } from "../model/step.ts";
import { installedFacts, installSteps, layersHere, namesOf } from "./installed.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";
import { mountFlags, mountPropagation, mountTable } from "./mount-table.ts";
import { rootAddress, rootFacts, rootKey, rootName, stageName, stagePath } from "./rootfs.ts";
import { parseSource } from "./source.ts";

/** The root mount of an environment as the kernel shows it. */
export interface RootState {
  /** The names of its layers from the lowest on, joined by `+` (first 16 digits of an image's digest, or of a directory's identity); null while one is not built. */
  readonly layer: string | null;
  readonly overlay: "persistent" | "ephemeral" | "none";
  readonly flags: readonly string[];
  readonly propagation: string;
  readonly line?: string;
  /** For people; absent on the kernel's side. */
  readonly name?: string;
}

/** What / is: which root, under which upper. It cannot change under running processes. */
export const root: Resource<RootState> = {
  name: "rootfs",
  stage: "assembly",
  confines: true,
  path: () => "rootfs",
  facts: (scope) => [
    ...["keeper/mountinfo", "host/mountinfo"],
    ...(scope.environment === null ? [] : rootFacts(scope.environment.rootfs)),
    ...installedFacts(scope),
  ],
  want(scope, facts) {
    const { environment, keeper } = scope;
    const running = keeper === null ? null : (root.have({ ...scope, keeper }, facts).get("/")?.layer ?? null);
    const flags = ["nodev", ...(environment.read_only || isFixed(environment.rootfs, environment.overlay) ? ["ro"] : [])];
    return new Map([
      [
        "/",
        {
          layer: layerName(scope, environment.rootfs, { facts, running }),
          overlay: environment.overlay,
          flags,
          propagation: "private",
          name: rootName(environment.rootfs),
        },
      ],
    ]);
  },
  have(_scope, facts) {
    const found = mountTable(facts).get("/");
    if (found === undefined) return new Map();
    const { line } = found;
    // That of an environment, and not one of the host on which a tree lies.
    const overlaid = line.fstype === "overlay" && line.root === "/" && line.superOptions.some((one) => /^lowerdir\+?=l\//.test(one));
    const upper = overlaid ? option(line.superOptions, "upperdir") : null;
    const overlay = upper === null ? "none" : upper.startsWith("e/") ? "ephemeral" : "persistent";
    const layer = overlaid
      ? overlayLayers(line.superOptions).join("+")
      : line.fstype === "erofs" || line.fstype === "squashfs"
        ? (line.source.split("/").at(-1) ?? "").slice(0, 16)
        : (storedTree(line.root) ?? directoryName(line.device, line.root));
    return new Map([["/", { layer, overlay, flags: mountFlags(line), propagation: mountPropagation(line), line: line.line }]]);
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare(want, have) {
    const differences: Difference[] = [];
    const differ = (field: string, wanted: string, found: string) => {
      if (wanted !== found)
        differences.push({ field, want: wanted, have: found, ...(have.line === undefined ? {} : { evidence: have.line }) });
    };
    differ("", want.layer ?? `${want.name ?? ""} (to be built)`, have.layer ?? "");
    differ("overlay", want.overlay, have.overlay);
    differ("options", want.flags.join(","), have.flags.join(","));
    differ("propagation", want.propagation, have.propagation);
    return differences;
  },
  describe: (state) =>
    [state.name ?? state.layer ?? "", state.overlay === "none" ? "without overlay" : `${state.overlay} overlay`].join(", "),
  evidence: ({ line }) => line,
  create: ({ scope, facts, want }) => (scope.environment === null ? [] : rootSteps(scope, scope.environment.rootfs, { facts, want })),
  update({ scope, want, have, facts }) {
    const fields = root.compare(want, have).map(({ field }) => field);
    if (fields.includes("")) {
      const { layer, overlay, flags } = have;
      const fixed = fields.length > 1 || layer === null || overlay === "none" || flags.includes("ro");
      return fixed ? "rebuild" : (installSteps(scope, { layer, overlay, facts }) ?? "rebuild");
    }
    return fields.every((field) => field === "propagation") ? [shimStep(scope, "root private", ["private", "/"])] : "recreate";
  },
  remove: () => [],
};

/** Short name of the root that an environment has, or of the one that it is to get where it does not run; null where it is not known. */
export function standingRoot(scope: Scope, facts: Facts): string | null {
  const { environment, keeper, last } = scope;
  if (environment === null) return null;
  const wanted = rootName(environment.rootfs);
  const have = keeper === null ? undefined : root.have({ ...scope, keeper }, facts).get("/");
  if (have === undefined || have.layer === root.want({ ...scope, environment }, facts).get("/")?.layer) return wanted;
  return last === null || last === undefined ? have.layer : rootName(last.rootfs);
}

/** An image without an overlay cannot be written to. */
function isFixed(rootfs: Rootfs, overlay: string): boolean {
  return overlay === "none" && rootfs.type !== "directory";
}

// A directory is told by where it is, in the words of mountinfo, so that an id-mapped bind of it shows the same.
function directoryName(device: string, path: string): string {
  return createHash("sha256").update(`${device} ${path}`).digest("hex").slice(0, 16);
}

/** A tree of the store, which is known by its digest wherever the store is. */
function storedTree(path: string): string | null {
  return /\/(?:trees|unpacked|shifted)\/([0-9a-f]{16})[0-9a-f]{48}(?:\.[0-9_+-]+)?$/.exec(path)?.[1] ?? null;
}

function layerName(
  scope: Scope,
  rootfs: Rootfs,
  { facts, running }: { readonly facts: Facts; readonly running: string | null },
): string | null {
  if (rootfs.type !== "directory") {
    const layers = layersHere(scope, rootfs, { facts, running });
    return layers === null ? null : namesOf(layers);
  }
  const found = parseSource(text(facts, `source/${rootfs.directory}`));
  const place = locate(parseMountinfo(text(facts, "host/mountinfo") ?? ""), found?.realPath ?? rootfs.directory);
  return place === null ? null : directoryName(place.device, place.root);
}

/** Directories of a root that must be directories (or missing): a link there would send a mount elsewhere. */
const mustBeDirectories = ["/dev", "/proc", "/sys", "/run", "/etc", "/tmp"];

function rootSteps(scope: Scope, rootfs: Rootfs, { facts, want }: { readonly facts: Facts; readonly want: RootState }): readonly Step[] {
  const idmap = scope.base === 0 ? "none" : "keeper";
  const flags = want.flags.join(",");
  const layers = layersAt(scope, rootfs, { facts, want });
  const operation = rootfs.type === "directory" ? "layer-directory" : "layer";
  const steps: Step[] = layers.map(({ name, source }) => shimStep(scope, "root", [operation, name, source, idmap]));
  const layer = parts(...layers.flatMap(({ name }, index) => (index === 0 ? [name] : ["+", name])));
  if (want.overlay === "none") {
    steps.push(shimStep(scope, "root", ["root-layer", layer, flags]));
  } else {
    const [alias, upper] = upperPlace(scope, want.overlay, chainOf(rootfs, { facts, want }));
    const owner = scope.base;
    for (const path of [upper, parts(upper, "/u"), parts(upper, "/w")])
      steps.push({ type: "mkdir", title: "upper", path, mode: path === upper ? 0o711 : 0o755, owner });
    steps.push(shimStep(scope, "root overlay", ["root-overlay", layer, alias, parts(upper, "/u"), parts(upper, "/w"), flags]));
  }
  return [...steps, ...mustBeDirectories.map((path) => shimStep(scope, `check ${path}`, ["refuse-link", path]))];
}

interface RootParts {
  readonly facts: Facts;
  readonly want: RootState;
}

/** Each layer from the lowest on, with where it lies. */
function layersAt(scope: Scope, rootfs: Rootfs, { facts, want }: RootParts): readonly { readonly name: Text; readonly source: Text }[] {
  if (rootfs.type === "directory")
    return [{ name: want.layer ?? "", source: parseSource(text(facts, `source/${rootfs.directory}`))?.realPath ?? rootfs.directory }];
  const { store } = scope.places;
  const layers = layersHere(scope, rootfs, { facts, running: null });
  if (layers !== null) return layers.map((layer) => ({ name: digest16(layer), source: rootPath(store, layer) }));
  const place = { facts, store, building: new Set<string>() };
  return stagesOf(rootfs).map((stage) => ({ name: stageName(stage, facts), source: stagePath(stage, place) }));
}

/** What an upper over them is known by. */
function chainOf(rootfs: Rootfs, { facts, want }: RootParts): Text {
  if (want.layer !== null) return upperName(want.layer);
  return rootfs.type === "directory" ? "" : { of: rootAddress(rootKey(rootfs, facts), rootfs), name: "chain16" };
}

/** What an upper over layers that are joined by `+` is known by. */
export function upperName(layer: string): string {
  return chainName(layer.split("+"));
}

/** Where the changes to the root are kept: one upper for each root that the environment had, or one for this life only. */
function upperPlace(scope: Scope, overlay: "persistent" | "ephemeral", chain: Text): readonly [alias: string, upper: Text] {
  return overlay === "persistent"
    ? [`u/${scope.id}`, parts(`${scope.places.uppers}/`, chain)]
    : [`e/${scope.id}`, `${scope.places.uppers}/ephemeral-${scope.id}`];
}

function parts(...texts: readonly Text[]): Text {
  const flat = texts.flatMap((one) => (isList(one) ? one : [one]));
  return flat.every((one) => typeof one === "string") ? flat.join("") : flat;
}

function isList(text: Text): text is Exclude<Text, string | { readonly of: string }> {
  return Array.isArray(text);
}
