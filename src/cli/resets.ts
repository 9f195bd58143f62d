import type { Request } from "../engine/reconcile.ts";
import type { Change } from "../model/change.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import { selectEnvironments } from "./operands.ts";
import { foundOf } from "./subject.ts";

/** Whose overlay is to be emptied. */
export interface ResetWish {
  readonly environment: string;
  readonly keep: readonly string[];
  readonly host: LookingHost;
}

/** A request as one for a reset; one that runs is started again. Throws `rootfs/no-upper` where what an environment writes goes into its root itself. */
export function resetRequest(request: Request, { environment: name, keep, host }: ResetWish): Request {
  selectEnvironments([name], [...(request.manifest?.environments.keys() ?? [])]);
  if (request.manifest?.environments.get(name)?.overlay === "none") {
    throw new CloisterError({
      code: "rootfs/no-upper",
      severity: "error",
      message: `${name} has no overlay: nothing that was written can be told from its root`,
      hint: "overlay: persistent or ephemeral keeps them apart",
    });
  }
  const runs = foundOf(host, request).some((life) => life.name === name && life.keeper !== null);
  return { ...request, reset: { name, keep }, hold: runs ? nothing : stays };
}

/** What a reset of an environment that does not run leaves out: everything that would start it. */
export function stays(_change: Change): boolean {
  return true;
}

function nothing(): boolean {
  return false;
}
