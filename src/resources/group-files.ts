import type { Facts } from "../model/fact.ts";
import type { Hierarchy, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { isHeld } from "./cgroups.ts";

/** A file of an environment's control group: where it is, and the fact that is its text. */
export interface GroupFile {
  readonly fact: string;
  readonly path: string;
  readonly name: string;
}

/** What a limit is set by: a controller that has one name on v1 and maybe another on v2, each with its files. */
export interface Controlled {
  readonly v1: { readonly controller: string; readonly files: readonly string[] };
  readonly v2: { readonly controller: string; readonly files: readonly string[] };
}

/** The files of an environment in the hierarchy that has the controller, v2 before v1; null where none has it. */
export function groupFiles(
  scope: Scope,
  controlled: Controlled,
): { readonly hierarchy: Hierarchy; readonly controller: string; readonly files: readonly GroupFile[] } | null {
  for (const version of [2, 1] as const) {
    const { controller, files } = version === 1 ? controlled.v1 : controlled.v2;
    const group = scope.places.cgroups.find(({ hierarchy }) => hierarchy.version === version && hierarchy.controllers.includes(controller));
    if (group === undefined) continue;
    const { hierarchy, path } = group;
    return { hierarchy, controller, files: files.map((name) => ({ fact: `cgroup/${controller}/${name}`, path: `${path}/${name}`, name })) };
  }
  return null;
}

/** Whether the group of this environment in a hierarchy can be asked for its files: it stands, and nobody has taken its keeper out, and it away. */
export function isGrouped(scope: Scope, hierarchy: Hierarchy | undefined, facts: Facts): boolean {
  return scope.keeper?.assembled === true && hierarchy !== undefined && isHeld(scope, hierarchy, facts);
}

/** One write to a file of a control group. */
export function groupWrite(title: string, path: string, content: string): Step {
  return { type: "write", title, path, content, to: "kernel" };
}
