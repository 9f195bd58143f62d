import type { Request } from "../engine/planned.ts";
import { liesBelow } from "../host/lies-below.ts";
import type { Change } from "../model/change.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import type { Plan } from "../model/plan.ts";
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

/** Throws `usage/invalid-value` where nothing was written at a path that is to be kept: it may be misspelled, and all that was written would go. */
export function refuseUnwritten({ changes }: Plan, { environment, keep }: Pick<ResetWish, "environment" | "keep">): void {
  const steps = changes.find(({ address }) => address === `${environment}.overlay`)?.steps ?? [];
  const aside = steps.flatMap((step) => (step.type === "move" && !step.from.endsWith(".kept") ? [step] : [])).pop();
  if (aside === undefined) return;
  // An earlier reset that was killed has set it aside already.
  const upper = [aside.from, aside.to].find((path) => liesBelow(path, "u"));
  const unwritten = keep.filter((path) => upper === undefined || !liesBelow(`${upper}/u`, path));
  if (unwritten.length === 0) return;
  const paths = unwritten.map((path) => `"${path}"`).join(", ");
  throw new CloisterError({
    ...{ code: "usage/invalid-value", severity: "error", message: `--keep: ${environment} has written nothing at ${paths}` },
    hint: `correct it, or leave it out: cloister rootfs diff ${environment} lists what was written; mounts are not part of it and stay as they are`,
  });
}

/** What a reset of an environment that does not run leaves out: everything that would start it. */
export function stays(_change: Change): boolean {
  return true;
}

function nothing(): boolean {
  return false;
}
