import type { RootfsAction } from "./action.ts";
import { diffAction } from "./diff.ts";
import { exportAction } from "./export.ts";
import { inspectAction, listAction, pinActions } from "./list.ts";
import { sbomAction } from "./sbom.ts";
import { pruneAction } from "./sweep.ts";
import { verifyAction } from "./verify.ts";

/** Everything that `rootfs` does. */
export const rootfsActions: readonly RootfsAction[] = [
  listAction,
  inspectAction,
  verifyAction,
  diffAction,
  sbomAction,
  exportAction,
  pruneAction,
  ...pinActions,
];
