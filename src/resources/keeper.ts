import type { Address } from "../model/address.ts";
import { child } from "../model/address.ts";
import type { Scope } from "../model/resource.ts";
import type { ShimOperation, StagedMount, Step, Text } from "../model/step.ts";

/** The address of an environment's namespaces: what its keeper's pid is an output of. */
export function namespacesAddress(environment: string): Address {
  return child(environment, "namespaces");
}

/** The keeper's pid: known where it runs, an output of an earlier step where it is to be started. */
export function keeperPid(scope: Scope): Text {
  return scope.keeper === null || !scope.keeper.assembled ? { of: namespacesAddress(scope.name), name: "pid" } : String(scope.keeper.pid);
}

/** The keeper's start time, likewise: with the pid it names one process. */
export function keeperStart(scope: Scope): Text {
  return scope.keeper === null || !scope.keeper.assembled ? { of: namespacesAddress(scope.name), name: "start" } : scope.keeper.start;
}

/** A step that has the shim do one operation in the environment. */
export function shimStep(scope: Scope, title: string, operation: ShimOperation): Step {
  return { type: "shim", title, of: namespacesAddress(scope.name), pid: keeperPid(scope), operation };
}

/** A step that makes one file system in the environment's staging directory. */
export function stageStep(scope: Scope, title: string, mount: StagedMount): Step {
  return { type: "mount", title, of: namespacesAddress(scope.name), pid: keeperPid(scope), mount };
}

/** The id on the host of `inside`, for an environment whose range starts at `base`. */
export function hostId(scope: Scope, inside: number): number {
  return scope.base + inside;
}

/** The control group of one part of an environment (`keeper`, `p-NAME`, `exec`), a child in the v2 hierarchy, else in the first one. */
export function ownGroup(scope: Scope, name: string): string | null {
  const groups = scope.places.cgroups;
  const group = groups.find(({ hierarchy }) => hierarchy.version === 2) ?? groups[0];
  return group === undefined ? null : `${group.path}/${name}`;
}
