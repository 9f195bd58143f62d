import type { Change } from "../model/change.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";

/** What a reset of an environment that does not run leaves out: everything that would start it. */
export function stays(_change: Change): boolean {
  return true;
}

/** Throws `rootfs/no-upper` where what an environment writes goes into its root itself. */
export function refuseUnkept(environment: Environment | undefined): void {
  if (environment?.overlay !== "none") return;
  throw new CloisterError({
    code: "rootfs/no-upper",
    severity: "error",
    message: `${environment.name} has no overlay: nothing that was written can be told from its root`,
    hint: "overlay: persistent or ephemeral keeps them apart",
  });
}
