import { createHash } from "node:crypto";
import { locate, option, parseMountinfo } from "../kernel/mountinfo.ts";
import type { Rootfs } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import { rootPath } from "../model/root.ts";
import type { Step, Text } from "../model/step.ts";
import { namespacesAddress, shimStep } from "./keeper.ts";
import { mountFlags, mountPropagation, mountTable } from "./mount-table.ts";
import { builtRoot, rootAddress, rootFacts, rootKey, rootName } from "./rootfs.ts";
import { parseSource } from "./source.ts";

/** The root mount of an environment as the kernel shows it. */
export interface RootState {
  /** The lower's name (first 16 digits of the image's digest, or of the directory's identity); null while the image is not built. */
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
  path: () => "rootfs",
  facts: (scope) => ["keeper/mountinfo", "host/mountinfo", ...(scope.environment === null ? [] : rootFacts(scope.environment.rootfs))],
  want(scope, facts) {
    const { environment } = scope;
    const flags = ["nodev", ...(environment.read_only || isFixed(environment.rootfs, environment.overlay) ? ["ro"] : [])];
    return new Map([
      [
        "/",
        {
          layer: layerName(environment.rootfs, facts),
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
    const upper = option(line.superOptions, "upperdir");
    const overlay = line.fstype !== "overlay" ? "none" : upper?.startsWith("e/") ? "ephemeral" : "persistent";
    const layer =
      line.fstype === "overlay"
        ? (option(line.superOptions, "lowerdir") ?? "").replace(/^l\//, "")
        : line.fstype === "erofs"
          ? (line.source.split("/").at(-1) ?? "").slice(0, 16)
          : directoryName(line.device, line.root);
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
  update({ scope, want, have }) {
    const fields = root.compare(want, have).map(({ field }) => field);
    if (fields.includes("")) return "rebuild";
    return fields.every((field) => field === "propagation") ? [shimStep(scope, "root private", ["private", "/"])] : "recreate";
  },
  remove: () => [],
};

/** An image without an overlay cannot be written to. */
function isFixed(rootfs: Rootfs, overlay: string): boolean {
  return overlay === "none" && rootfs.type !== "directory";
}

// A directory is told by where it is, in the words of mountinfo, so that an id-mapped bind of it shows the same.
function directoryName(device: string, path: string): string {
  return createHash("sha256").update(`${device} ${path}`).digest("hex").slice(0, 16);
}

function layerName(rootfs: Rootfs, facts: Facts): string | null {
  if (rootfs.type !== "directory") return builtRoot(rootfs, facts)?.digest.slice(0, 16) ?? null;
  const found = parseSource(text(facts, `source/${rootfs.directory}`));
  const place = locate(parseMountinfo(text(facts, "host/mountinfo") ?? ""), found?.realPath ?? rootfs.directory);
  return place === null ? null : directoryName(place.device, place.root);
}

/** Directories of a root that must be directories (or missing): a link there would send a mount elsewhere. */
const mustBeDirectories = ["/dev", "/proc", "/sys", "/run", "/etc", "/tmp"];

function rootSteps(scope: Scope, rootfs: Rootfs, { facts, want }: { readonly facts: Facts; readonly want: RootState }): readonly Step[] {
  const idmap = scope.base === 0 ? "none" : "keeper";
  const of = rootfs.type === "directory" ? "" : rootAddress(rootKey(rootfs, facts), rootfs);
  const layer: Text = want.layer ?? { of, name: "digest16" };
  const flags = want.flags.join(",");
  const steps: Step[] = [
    shimStep(scope, "root", [rootfs.type === "directory" ? "layer-directory" : "layer", layer, rootSource(scope, rootfs, facts), idmap]),
  ];
  if (want.overlay === "none") {
    steps.push(shimStep(scope, "root", ["root-layer", layer, flags]));
  } else {
    const [alias, upper] = upperPlace(scope, want.overlay, layer);
    const owner = scope.base;
    for (const path of [upper, parts(upper, "/u"), parts(upper, "/w")])
      steps.push({ type: "mkdir", title: "upper", path, mode: path === upper ? 0o711 : 0o755, owner });
    steps.push(shimStep(scope, "root overlay", ["root-overlay", layer, alias, parts(upper, "/u"), parts(upper, "/w"), flags]));
  }
  return [...steps, ...mustBeDirectories.map((path) => shimStep(scope, `check ${path}`, ["refuse-link", path]))];
}

function rootSource(scope: Scope, rootfs: Rootfs, facts: Facts): Text {
  if (rootfs.type === "directory") return parseSource(text(facts, `source/${rootfs.directory}`))?.realPath ?? rootfs.directory;
  const built = builtRoot(rootfs, facts);
  return built === null ? { of: rootAddress(rootKey(rootfs, facts), rootfs), name: "path" } : rootPath(scope.places.store, built);
}

/** Where the changes to the root are kept: one upper for each root that the environment had, or one for this life only. */
function upperPlace(scope: Scope, overlay: "persistent" | "ephemeral", layer: Text): readonly [alias: string, upper: Text] {
  return overlay === "persistent"
    ? [`u/${scope.id}`, parts(`${scope.places.uppers}/`, layer)]
    : [`e/${scope.id}`, `${scope.places.uppers}/ephemeral-${scope.id}`];
}

function parts(...texts: readonly Text[]): Text {
  const flat = texts.flatMap((one) => (isList(one) ? one : [one]));
  return flat.every((one) => typeof one === "string") ? flat.join("") : flat;
}

function isList(text: Text): text is Exclude<Text, string | { readonly of: string }> {
  return Array.isArray(text);
}
