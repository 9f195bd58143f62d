import { commandOutput } from "../../host/command-output.ts";
import { digestOfFile } from "../../host/file-digest.ts";
import { indexedKeys } from "../../host/stored-roots.ts";
import { CloisterError } from "../../model/diagnostic.ts";
import type { Environment, Manifest } from "../../model/environment.ts";
import type { LowerRoot, Root } from "../../model/root.ts";
import { layersOf, rootPath } from "../../model/root.ts";
import { readingCommand, treeDigestCommand } from "../../resources/rootfs-reading.ts";
import type { RebuiltRoot, VerifiedRoot } from "../../ui/render-root-verify.ts";
import { rebuiltRootsDocument, renderRebuiltRoots, renderVerifiedRoots, verifiedRootsDocument } from "../../ui/render-root-verify.ts";
import type { Context } from "../context.ts";
import { loadManifest } from "../load-manifest.ts";
import { withLock } from "../lock-file.ts";
import type { RootStore } from "../root-store.ts";
import { openStore } from "../root-store.ts";
import type { RootfsAction } from "./action.ts";
import { storeRoot } from "./named-root.ts";

/** `rootfs verify`: whether the bytes of roots are those that were built. */
export const verifyAction: RootfsAction = {
  name: "verify",
  operands: ["[ROOT...]"],
  flags: ["rebuild"],
  async run(context) {
    if (context.flags.has("rebuild")) return verifyByBuilding(context);
    const { settings, terminal, operands } = context;
    const store = openStore(context);
    const roots = operands.length === 0 ? store.roots() : operands.map((word) => storeRoot(word, context, store));
    const verified: VerifiedRoot[] = [];
    for (const root of roots) verified.push({ root, found: await digestOf(root, store) });
    const whole = new Set(store.roots().map(({ key }) => key));
    const broken = operands.length === 0 ? indexedKeys(store.path).filter((key) => !whole.has(key)) : [];
    const report = { store: store.path, roots: verified, broken };
    if (settings.json) terminal.out(`${JSON.stringify(verifiedRootsDocument(report))}\n`);
    else if (!settings.quiet) terminal.out(renderVerifiedRoots(report, { color: settings.color.out }));
    return verified.every(({ root, found }) => root.digest === found) && broken.length === 0 ? 0 : 2;
  },
};

/** Whether the roots of environments are what comes of building them once more. Returns the exit code. */
async function verifyByBuilding(context: Context): Promise<number> {
  const { settings, terminal, operands } = context;
  const store = openStore(context);
  const manifest = withLock(loadManifest(context), { required: false });
  const { rebuild } = await import("./rebuild.ts");
  const found = new Map<string, RebuiltRoot>();
  for (const environment of chosen(manifest, operands))
    for (const one of await rebuild(environment, { store, directory: manifest.directory })) found.set(one.root.key, one);
  const report = { store: store.path, rebuilt: [...found.values()] };
  if (settings.json) terminal.out(`${JSON.stringify(rebuiltRootsDocument(report))}\n`);
  else if (!settings.quiet) terminal.out(renderRebuiltRoots(report, { color: settings.color.out }));
  return report.rebuilt.every(({ root, digest }) => root.digest === digest) ? 0 : 2;
}

/** The environments that are named, or all whose roots are built. Throws `usage/unknown-environment`. */
function chosen({ environments }: Manifest, names: readonly string[]): readonly Environment[] {
  if (names.length === 0) return [...environments.values()].filter(({ rootfs }) => rootfs.type !== "directory");
  return names.map((name) => {
    const environment = environments.get(name);
    if (environment !== undefined) return environment;
    const message = `"${name}" is no environment, and only the manifest says how a root is built`;
    throw new CloisterError({
      code: "usage/unknown-environment",
      severity: "error",
      message,
      hint: `it has ${[...environments.keys()].join(", ")}`,
    });
  });
}

/** What its bytes have now, or those of the first layer below it that has other bytes; null where they cannot be read. */
async function digestOf(root: Root, store: RootStore): Promise<string | null> {
  for (const layer of layersOf(root)) {
    const found = await layerDigestOf(layer, store);
    if (found !== layer.digest) return found;
  }
  return root.digest;
}

async function layerDigestOf(layer: LowerRoot, { path, shim }: RootStore): Promise<string | null> {
  if (layer.format === "erofs") return digestOfFile(rootPath(path, layer));
  try {
    const output = await commandOutput(readingCommand(shim, { layers: [rootPath(path, layer)] }, treeDigestCommand));
    return /^[0-9a-f]{64}/.exec(output.toString())?.[0] ?? null;
  } catch (error) {
    if (error instanceof CloisterError) return null;
    throw error;
  }
}
