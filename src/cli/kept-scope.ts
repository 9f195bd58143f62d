import type { Subject } from "../engine/subject.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Host } from "../model/host.ts";
import type { Keeper } from "../model/resource.ts";
import type { RunningScope } from "./running-scope.ts";
import { runningScope } from "./running-scope.ts";

/**
 * The only environment of a subject, to run a command in: it must run, or was kept after its start failed, with its root and with everything that confines what
 * runs in it. Throws `engine/not-running`, `engine/kept`.
 */
export async function enterableScope(host: Host, subject: Subject & { readonly only: ReadonlySet<string> }): Promise<RunningScope> {
  const [name = ""] = subject.only;
  const scope = runningScope(asStanding(host), subject);
  const { failed, pid } = scope.keeper;
  if (failed === undefined) return scope;
  // Comparing takes what planning takes, which no other exec needs.
  const [{ unconfined }, { kinds }] = [await import("../engine/assembled.ts"), await import("./kinds.ts")];
  const missing = failed.rooted ? await unconfined({ host: asStanding(host), kinds }, subject, name) : ["its root"];
  if (missing.length > 0) throw notConfined(name, { pid, missing });
  return scope;
}

/** Those that were kept are taken for what they were to be, as far as they are looked at to enter them. */
function asStanding(host: Host): Host {
  const standing = (keeper: Keeper | null) => (keeper?.failed === undefined ? keeper : { ...keeper, assembled: true });
  return {
    ...host,
    discover: (project, expected) => host.discover(project, expected).map((found) => ({ ...found, keeper: standing(found.keeper) })),
  };
}

function notConfined(name: string, { pid, missing }: { readonly pid: number; readonly missing: readonly string[] }): CloisterError {
  const [first = "", ...rest] = missing;
  const what = rest.length === 0 ? first : `${first} and ${rest.length} more`;
  return new CloisterError({
    code: "engine/kept",
    severity: "error",
    message: `nothing can run in ${name}: its start failed before all was there that confines what runs in it (${what})`,
    hint: `look at it from outside: cat /proc/${pid}/mountinfo; nsenter --target ${pid} --net --uts --ipc ip address (with the host's programs); cloister destroy ${name} removes it`,
  });
}
