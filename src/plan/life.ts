import type { Change } from "../model/change.ts";
import type { Place } from "../model/diagnostic.ts";
import type { Resource } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { Observed, OrderedChange } from "./diff.ts";
import { createResource, removeResource } from "./diff.ts";
import { order } from "./order.ts";
import type { PlanRequest, Target } from "./plan-request.ts";
import { renaming } from "./renaming.ts";

/** Everything of an environment, in one transaction: first what is left of earlier lives, then the assembly, its check and commit, then the processes. */
export function creation<Shared>(request: PlanRequest<Shared>, target: Target, before: readonly Change[]): readonly Change[] {
  const observed = { ...target, scope: target.fresh };
  const changes = order(request.resources({ visit: (resource) => createResource(resource, observed) }).flat());
  const assembly = changes.filter(({ stage }) => stage === "assembly").map(({ change }) => change);
  const running = changes.filter(({ stage }) => stage === "running").map(({ change }) => change);
  const left = request.hostSteps(target.scope, target.facts, { remnants: target.remnants, ends: false });
  return [...before, ...withSweep(assembly, [...remnantSteps(request, target), ...left], commitOf(assembly)), ...running];
}

function remnantSteps<Shared>({ resources }: PlanRequest<Shared>, target: Target): readonly Step[] {
  return target.remnants.flatMap((scope) => resources({ visit: (resource) => sweepSteps(resource, { ...target, scope }) }).flat());
}

// What ends an environment of which only directories are left is what its namespaces' removal does, without a keeper.
function sweepSteps<Want, Have>(resource: Resource<Want, Have>, { scope, facts }: Observed): readonly Step[] {
  if (resource.name !== "namespaces") return [];
  const keeper = { pid: 0, start: "", assembled: false, parent: 0, base: 0 };
  const [have] = resource.have({ ...scope, keeper }, facts).values();
  return have === undefined ? [] : resource.remove({ scope, key: "", have, facts });
}

function commitOf(assembly: readonly Change[]): Step | undefined {
  const hold = assembly.flatMap((change) => change.steps).find((step) => step.type === "hold");
  return hold?.type === "hold" ? { type: "commit", title: "check and commit", of: hold.of } : undefined;
}

function withSweep(assembly: readonly Change[], sweep: readonly Step[], commit: Step | undefined): readonly Change[] {
  return assembly.map((change, index) => {
    const first = index === 0 ? sweep : [];
    const last = index === assembly.length - 1 && commit !== undefined ? [commit] : [];
    return { ...change, steps: [...first, ...change.steps, ...last] };
  });
}

interface Recreation {
  readonly reason: string | undefined;
  readonly forcing: readonly Change[];
  /** What is done between its end and its start. */
  readonly before?: readonly Change[];
}

/** Its end, for one of these reasons, and then all of its start. */
export function recreation<Shared>(
  request: PlanRequest<Shared>,
  target: Target,
  { reason, forcing, before = [] }: Recreation,
): readonly Change[] {
  const { scope, origins } = target;
  const differences = forcing.flatMap((change) =>
    change.differences.map((one) => ({
      ...one,
      field: [change.address.slice(scope.name.length + 1), one.field].filter((part) => part !== "").join("."),
    })),
  );
  const because: Place | undefined = forcing.find((change) => change.because !== undefined)?.because ?? origins.get(scope.name);
  const dearest = forcing.some((change) => change.liveUpdate === "rebuild") ? "rebuild" : "recreate";
  const teardown: Change = {
    address: scope.name,
    environment: scope.name,
    resource: "environment",
    action: "recreate",
    description: reason ?? "its namespaces and root are made anew",
    differences,
    liveUpdate: dearest,
    pids: ended(target),
    steps: [...teardownSteps(request, target), ...request.hostSteps(scope, target.facts, { remnants: [], ends: true })],
    ...(because === undefined ? {} : { because }),
    ...(reason === undefined ? {} : { reason }),
  };
  return creation(request, target, [teardown, ...renaming(target), ...before]);
}

/** Its end, with everything that goes then; nothing where nothing of it is there. */
export function destruction<Shared>(request: PlanRequest<Shared>, target: Target, reason: string): readonly Change[] {
  const { scope } = target;
  const kept = request.keptSteps(scope, target.facts);
  const records = request.recordSteps(scope, target.facts);
  const around = request.hostSteps(scope, target.facts, { remnants: target.remnants, ends: true });
  const steps = [
    ...teardownSteps(request, target),
    ...around,
    ...remnantSteps(request, target),
    ...records,
    ...(request.volumes ? kept : []),
  ];
  if (steps.length === 0) return [];
  const written =
    kept.length === 0
      ? ""
      : request.volumes
        ? ", and everything that was written inside"
        : "; what was written inside is kept (--volumes removes it)";
  const change: Change = {
    address: scope.name,
    environment: scope.name,
    resource: "environment",
    action: "destroy",
    description: `processes, namespaces, mounts and control groups${written}`,
    differences: [],
    liveUpdate: "recreate",
    pids: ended(target),
    steps,
    ...(reason === "" ? {} : { reason }),
  };
  return [change];
}

function ended({ scope, state }: Target): readonly number[] {
  const running = Object.values(state.processes).flatMap((process) => (process.type === "running" ? [process.pid] : []));
  return scope.keeper === null ? [] : [...running, scope.keeper.pid];
}

/** Processes first, each with its grace; then the keeper, and with it everything. */
function teardownSteps<Shared>(request: PlanRequest<Shared>, target: Target): readonly Step[] {
  const all: readonly OrderedChange[] = request.resources({ visit: (resource) => removeResource(resource, target) }).flat();
  // What depends on another one ends before it.
  const running = order(all.filter(({ stage }) => stage === "running"));
  const namespaces = all.filter(({ change }) => change.resource === "namespaces");
  return [...running, ...namespaces].flatMap(({ change }) => change.steps);
}
