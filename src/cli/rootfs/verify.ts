import { commandOutput } from "../../host/command-output.ts";
import { digestOfFile } from "../../host/file-digest.ts";
import { indexedKeys } from "../../host/stored-roots.ts";
import { CloisterError } from "../../model/diagnostic.ts";
import type { Root } from "../../model/root.ts";
import { rootPath } from "../../model/root.ts";
import { readableRoot, readingCommand, treeDigestCommand } from "../../resources/rootfs-reading.ts";
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

/** What its bytes have now; null where they cannot be read. */
async function digestOf(root: Root, { path, shim }: RootStore): Promise<string | null> {
  if (root.format === "erofs") return digestOfFile(rootPath(path, root));
  try {
    const output = await commandOutput(readingCommand(shim, readableRoot(path, root), treeDigestCommand));
    return /^[0-9a-f]{64}/.exec(output.toString())?.[0] ?? null;
  } catch (error) {
    if (error instanceof CloisterError) return null;
    throw error;
  }
}
