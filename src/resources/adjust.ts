import type { Scope } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { keeperPid, keeperStart } from "./keeper.ts";

/** What is set on single processes: `KEY=VALUE` as the shim's `adjust` takes them, and in which control groups; absent: in all of the environment, the keeper left out. */
export interface Adjustment {
  readonly settings: readonly string[];
  readonly groups?: readonly string[] | undefined;
}

/** A step that sets what belongs to single processes. */
export function adjustStep(scope: Scope, title: string, { settings, groups }: Adjustment): Step {
  const whole = scope.places.cgroups.slice(0, 1).map(({ path }) => path);
  const { machine } = scope;
  const keys: readonly Text[] = [
    ["pid=", ...parts(keeperPid(scope))],
    ["start=", ...parts(keeperStart(scope))],
    ...(groups ?? whole).map((group) => `group=${group}`),
    `raises=${machine.raisesLimits ? 1 : 0}`,
    ...settings,
  ];
  return { type: "run", title, command: ["perl", machine.shim, machine.architecture, "adjust", ...keys] };
}

function parts(text: Text) {
  return typeof text === "string" || "of" in text ? [text] : text;
}
