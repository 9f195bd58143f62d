import { locate } from "../engine/locate.ts";
import type { Subject } from "../engine/subject.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { LookingHost } from "../model/host.ts";
import type { Keeper, Scope } from "../model/resource.ts";

/** An environment that is wanted and runs. */
export type RunningScope = Scope & { readonly environment: Environment; readonly keeper: Keeper };

/** The only environment of a subject, which must run; throws `engine/not-running`. */
export function runningScope(host: LookingHost, subject: Subject & { readonly only: ReadonlySet<string> }): RunningScope {
  const [name = ""] = subject.only;
  const scope = locate(host, subject).find((one) => one.name === name);
  const { environment = null, keeper = null } = scope ?? {};
  if (scope !== undefined && environment !== null && keeper?.assembled === true) return { ...scope, environment, keeper };
  if (keeper?.failed !== undefined)
    throw new CloisterError({
      code: "engine/kept",
      severity: "error",
      message: `${name} does not run: its start failed, and it was kept for a look`,
      hint: `cloister exec ${name} looks at it, cloister destroy ${name} removes it, cloister apply ${name} makes it anew`,
    });
  throw new CloisterError({
    code: "engine/not-running",
    severity: "error",
    message: `${name} is not running`,
    hint: `start it: cloister apply ${name}`,
  });
}
