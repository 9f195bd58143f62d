import { commandOutput } from "../../host/command-output.ts";
import { digestOfFile } from "../../host/file-digest.ts";
import { indexedKeys } from "../../host/stored-roots.ts";
import { CloisterError } from "../../model/diagnostic.ts";
import type { LowerRoot, Root } from "../../model/root.ts";
import { layersOf, rootPath } from "../../model/root.ts";
import { readingCommand, treeDigestCommand } from "../../resources/rootfs-reading.ts";
import type { VerifiedRoot } from "../../ui/render-root-verify.ts";
import { renderVerifiedRoots, verifiedRootsDocument } from "../../ui/render-root-verify.ts";
import type { RootStore } from "../root-store.ts";
import { openStore } from "../root-store.ts";
import type { RootfsAction } from "./action.ts";
import { storeRoot } from "./named-root.ts";

/** `rootfs verify`: whether the bytes of roots are those that were built. */
export const verifyAction: RootfsAction = {
  name: "verify",
  operands: ["[ROOT...]"],
  flags: [],
  async run(context) {
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
