import { existsSync } from "node:fs";
import { derivedOf } from "../../host/store.ts";
import { pinRoot, unpinRoot } from "../../host/stored-roots.ts";
import { chainName, layerNames, rootPath } from "../../model/root.ts";
import { inspectedRootDocument, pinDocument, renderPin, renderRoots, rootsDocument } from "../../ui/render-roots.ts";
import { renderTree } from "../../ui/render-tree.ts";
import { openStore } from "../root-store.ts";
import type { RootfsAction } from "./action.ts";
import { storeRoot } from "./named-root.ts";
import { currentUppers } from "./uppers.ts";

/** `rootfs ls`: the roots of the store, and the overlays over them. */
export const listAction: RootfsAction = {
  name: "ls",
  operands: [],
  flags: [],
  run(context) {
    const { settings, terminal } = context;
    const store = openStore(context);
    const used = store.uses();
    const roots = store.roots().map((root) => ({ ...root, uses: used(root) }));
    const report = { store: store.path, roots, uppers: currentUppers(store) };
    if (settings.json) terminal.out(`${JSON.stringify(rootsDocument(report))}\n`);
    else terminal.out(renderRoots(report, { color: settings.color.out }));
    return Promise.resolve(0);
  },
};

/** `rootfs inspect`: all that is known of one root. */
export const inspectAction: RootfsAction = {
  name: "inspect",
  operands: ["ROOT"],
  flags: [],
  run(context) {
    const { settings, terminal, operands } = context;
    const store = openStore(context);
    const root = storeRoot(operands[0] ?? "", context, store);
    const log = `${store.path}/logs/${root.key}.log`;
    const uppers = currentUppers(store).filter(({ layer }) => layer === chainName(layerNames(root)));
    const forms = derivedOf(store.path, root);
    const about = { ...root, uses: store.uses()(root), path: rootPath(store.path, root), log: existsSync(log) ? log : null, uppers, forms };
    const document = inspectedRootDocument(about);
    if (settings.json) terminal.out(`${JSON.stringify(document)}\n`);
    else {
      const { schema, ...shown } = document;
      terminal.out(renderTree(shown, { color: settings.color.out }));
    }
    return Promise.resolve(0);
  },
};

/** `rootfs pin` and `rootfs unpin`: whether a root stays that nothing uses. */
export const pinActions: readonly RootfsAction[] = [true, false].map((pins) => ({
  name: pins ? "pin" : "unpin",
  operands: ["ROOT"],
  flags: [],
  run(context) {
    const { settings, terminal, operands } = context;
    const store = openStore(context);
    const root = storeRoot(operands[0] ?? "", context, store);
    const changed = pins ? pinRoot(store.path, root.key) : unpinRoot(store.path, root.key);
    const report = { root, pinned: pins, changed };
    if (settings.json) terminal.out(`${JSON.stringify(pinDocument(report))}\n`);
    else if (!settings.quiet) terminal.out(renderPin(report));
    return Promise.resolve(0);
  },
}));
