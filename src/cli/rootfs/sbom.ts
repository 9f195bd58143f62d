import { readableRoot } from "../../resources/rootfs-reading.ts";
import { cycloneDx } from "../../ui/cyclonedx.ts";
import { spdx } from "../../ui/spdx.ts";
import { openStore } from "../root-store.ts";
import { cloisterVersion } from "../version.ts";
import type { RootfsAction } from "./action.ts";
import { storeRoot } from "./named-root.ts";
import { installedPackages } from "./tree-entries.ts";

/** `rootfs sbom`: the packages of a root as a bill of materials, the same each time for the same root. */
export const sbomAction: RootfsAction = {
  name: "sbom",
  operands: ["ROOT"],
  flags: ["format"],
  async run(context) {
    const { terminal, operands, flags } = context;
    const store = openStore(context);
    const root = storeRoot(operands[0] ?? "", context, store);
    const packages = await installedPackages(store.shim, readableRoot(store.path, root));
    const { distribution } = root.spec;
    const bill = { root, packages, distribution: typeof distribution === "string" ? distribution : "debian", version: cloisterVersion };
    terminal.out(`${JSON.stringify(flags.value("format") === "cyclonedx" ? cycloneDx(bill) : spdx(bill), null, 2)}\n`);
    return 0;
  },
};
