import type { Scope } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { keeperPid, keeperStart } from "./keeper.ts";

/** A step that sets what belongs to single processes on all of an environment, the keeper left out: `KEY=VALUE` as the shim's `adjust` takes them. */
export function adjustStep(scope: Scope, title: string, settings: readonly string[]): Step {
  const { machine, places } = scope;
  const group = places.cgroups[0];
  const keys: readonly Text[] = [
    ["pid=", ...parts(keeperPid(scope))],
    ["start=", ...parts(keeperStart(scope))],
    ...(group === undefined ? [] : [`group=${group.path}`]),
    `raises=${machine.raisesLimits ? 1 : 0}`,
    ...settings,
  ];
  return { type: "run", title, command: ["perl", machine.shim, machine.architecture, "adjust", ...keys] };
}

function parts(text: Text) {
  return typeof text === "string" || "of" in text ? [text] : text;
}
