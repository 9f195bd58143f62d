import type { Change } from "../model/change.ts";
import type { Place } from "../model/diagnostic.ts";
import type { Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";

/** An environment, and where its manifest says what. */
interface Owner {
  readonly scope: Pick<Scope, "name">;
  readonly origins: ReadonlyMap<string, Place>;
}

/** What was written over an environment's root goes: a change of its own, because what goes is lost. */
export function overlayChange({ scope, origins }: Owner, steps: readonly Step[], keep: readonly string[]): Change {
  const because = origins.get(`${scope.name}.overlay`);
  return {
    address: `${scope.name}.overlay`,
    environment: scope.name,
    resource: "overlay",
    action: "destroy",
    description: `what was written over its root${keep.length === 0 ? "" : `, but for ${keep.join(", ")}`}`,
    differences: [],
    liveUpdate: "recreate",
    pids: [],
    steps,
    ...(because === undefined ? {} : { because }),
  };
}
