import { parseCgroupPaths } from "../kernel/cgroup.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Hierarchy, Resource, Scope } from "../model/resource.ts";
import { adjustStep } from "./adjust.ts";
import { namespacesAddress, ownGroup } from "./keeper.ts";
import { processFacts, processPart, runningProcesses } from "./process-state.ts";

/** A process that is in another group of a hierarchy than the environment's. */
interface Stray {
  readonly pid: number;
  readonly start: string;
  /** Its part's group below the environment's. */
  readonly part: "keeper" | `p-${string}` | "exec";
  /** The environment's group in that hierarchy. */
  readonly group: string;
  /** `/proc/PID/cgroup: LINE`. */
  readonly line: string;
}

/** Where the keeper is in each hierarchy; what asks `isHeld` needs it. */
export const memberFact = "keeper/cgroup";

const straysFact = "strays/cgroup";

/** Which processes are where they belong: nothing, or those that are not. */
export interface Membership {
  readonly strays: readonly Stray[];
}

/** Every process of an environment is in its control groups, in every hierarchy: out of one of them nothing limits it. */
export const cgroups: Resource<Membership> = {
  name: "cgroups",
  stage: "assembly",
  confines: true,
  path: () => "cgroups",
  facts: (scope) => [memberFact, ...processFacts(scope, "cgroup"), ...(hasOwnPids(scope) ? [straysFact] : [])],
  want: ({ keeper }) => new Map(keeper === null ? [] : [["", { strays: [] }]]),
  have: (scope, facts) => new Map(scope.keeper === null ? [] : [["", { strays: straysOf(scope, facts) }]]),
  needs: (scope) => [namespacesAddress(scope.name)],
  compare: (_want, { strays }) =>
    strays.slice(0, 1).map(({ group, line: evidence, pid }): Difference => {
      return { field: "", want: `pid ${pid} in ${group}`, have: "outside of it", evidence };
    }),
  describe: ({ strays }) => strays.map(({ pid, group }) => `pid ${pid} back into ${group}`).join(", ") || "every process in its group",
  create: () => [],
  update: ({ scope, have: { strays } }) => [
    { type: "cgroup", title: "control groups", paths: [...new Set(strays.map((stray) => groupOf(scope, stray)))] },
    adjustStep(scope, "back into their control groups", {
      settings: strays.map((stray) => `join=${stray.pid}:${stray.start}:${groupOf(scope, stray)}`),
    }),
  ],
  remove: () => [],
};

/** The address of an environment's membership of its control groups: what is written into them comes after it. */
export function cgroupsAddress(environment: string): string {
  return `${environment}.cgroups`;
}

/** Whether the keeper is in the environment's group of a hierarchy, which is there then; also where that could not be seen. */
export function isHeld(scope: Scope, hierarchy: Hierarchy, facts: Facts): boolean {
  return !keeperStrays(scope, facts).some(({ group }) => group.startsWith(`${hierarchy.mountPoint}/`));
}

function straysOf(scope: Scope, facts: Facts): readonly Stray[] {
  if (scope.keeper?.assembled !== true) return [];
  const running = runningProcesses(scope, facts);
  const [only, ...others] = running;
  // Where one process runs, what is nobody's is its own; else nobody can tell whose it is.
  const part = only === undefined || others.length > 0 ? "exec" : processPart(only.name);
  return [
    ...keeperStrays(scope, facts),
    ...running.flatMap(({ name, found: { pid, start } }) =>
      outside(scope, text(facts, `process/${name}/cgroup`), { pid, start, part: processPart(name) }),
    ),
    ...othersOf(scope, facts).flatMap(({ pid, start, cgroup }) => outside(scope, cgroup, { pid, start, part })),
  ];
}

/** In a pid namespace that it shares, an environment's processes cannot be told from the others by that. */
function hasOwnPids({ environment }: Scope): boolean {
  return environment?.namespaces.pid === "private";
}

function othersOf(scope: Scope, facts: Facts): readonly { readonly pid: number; readonly start: string; readonly cgroup: string }[] {
  return hasOwnPids(scope) ? JSON.parse(text(facts, straysFact) ?? "[]") : [];
}

function keeperStrays(scope: Scope, facts: Facts): readonly Stray[] {
  const { keeper } = scope;
  if (keeper?.assembled !== true) return [];
  return outside(scope, text(facts, memberFact), { pid: keeper.pid, start: keeper.start, part: "keeper" });
}

function outside(scope: Scope, lines: string | null, process: Pick<Stray, "pid" | "start" | "part">): readonly Stray[] {
  if (lines === null) return [];
  const paths = [...parseCgroupPaths(lines)].map(([controllers, path]) => ({ controllers: controllers.split(","), path }));
  return scope.places.cgroups.flatMap(({ hierarchy, path: group }) => {
    const own = paths.find(({ controllers }) =>
      hierarchy.version === 2 ? controllers[0] === "" : hierarchy.controllers.some((name) => controllers.includes(name)),
    );
    const wanted = group.slice(hierarchy.mountPoint.length);
    if (own === undefined || own.path === wanted || own.path.startsWith(`${wanted}/`)) return [];
    return [{ ...process, group, line: `/proc/${process.pid}/cgroup: ${own.controllers.join(",")}:${own.path}` }];
  });
}

/** Where a process is put: on the hierarchy of the parts its part's group, else the environment's own. */
function groupOf(scope: Scope, { part, group }: Stray): string {
  const own = ownGroup(scope, part);
  return own?.startsWith(`${group}/`) === true ? own : group;
}
