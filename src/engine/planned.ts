import type { Change } from "../model/change.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import type { Host } from "../model/host.ts";
import type { Plan } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import { makeSharedPlan } from "../plan/plan.ts";
import type { PlanRequest, Target } from "../plan/plan-request.ts";
import { observeAwaited } from "./awaited.ts";
import { withHolders } from "./busy.ts";
import type { Kinds } from "./kinds.ts";
import type { Leaving } from "./leaving.ts";
import { observe, warningsOf } from "./observe.ts";
import { comparePlan } from "./origin.ts";
import { placed } from "./placed.ts";
import type { Subject } from "./subject.ts";
import { lastAsNamed } from "./subject.ts";

/** Everything that the engine works with. It knows neither YAML nor kinds. */
export interface Engine<Shared> {
  readonly host: Host;
  readonly kinds: Kinds<Shared>;
}

/** What a plan is asked for. */
export interface Request extends Subject {
  /** Environments to end whatever the manifest says. */
  readonly destroy: ReadonlySet<string>;
  /** Whether environments that run and are not in the manifest are ended. */
  readonly prune: boolean;
  /** Whether what ended environments wrote goes with them. */
  readonly volumes: boolean;
  /** Whose overlay is to be emptied, but for what lies at or below these paths inside. */
  readonly reset?: { readonly name: string; readonly keep: readonly string[] };
  /** Which drift is to be left as it is, beyond what the manifest says for an apply that somebody asks for. */
  readonly leaving?: Leaving;
  /** Whether mounts that are in use are detached all the same. */
  readonly lazy?: boolean;
  /** Whether what endangers processes that are to go on is done all the same. */
  readonly risk?: boolean;
  /** Whether a start that fails before its commit is kept half made, for a look. */
  readonly keepFailed?: boolean;
  /** What was left out of the plan that is carried out, and is not missed afterwards. */
  readonly hold?: (change: Change) => boolean;
}

/** A plan with what it was made from. */
export interface Planned {
  readonly plan: Plan;
  readonly targets: readonly Target[];
}

/** want x have of a project. Reads only; starts one process at the most. */
export async function planProject<Shared>(engine: Engine<Shared>, request: Request): Promise<Planned> {
  const { targets, beside } = await observeAwaited(engine.host, engine.kinds, request);
  const made = comparePlan({ ...planRequest(engine, request, targets), beside }, lastAsNamed(request.last, targets), request.leaving);
  const hazards = hazardsOf(made, request).map((hazard): Diagnostic => ({ ...hazard, severity: "warning" }));
  const told = { ...made, warnings: [...made.warnings, ...hazards] };
  return { plan: await withHolders(engine.host, { plan: told, targets }, request.lazy === true), targets };
}

/** What endangers processes that are to go on, unless that is allowed. */
function hazardsOf({ changes }: Plan, { risk = false }: Pick<Request, "risk">): readonly Diagnostic[] {
  return risk ? [] : changes.flatMap(({ hazard }) => hazard ?? []);
}

/** Only what the environments share and is not there yet; all of it where `refresh`. */
export async function planShared<Shared>(engine: Engine<Shared>, request: Request, refresh: boolean): Promise<Planned> {
  const all = await observe(engine.host, engine.kinds, request);
  // What runs and is not wanted shares nothing, and nothing is done to it.
  const targets = all.filter(({ scope }) => scope.environment !== null);
  return { plan: makeSharedPlan(planRequest(engine, request, targets), refresh), targets };
}

function planRequest<Shared>({ kinds }: Engine<Shared>, request: Request, targets: readonly Target[]): PlanRequest<Shared> {
  const { project, destroy, prune, volumes, reset } = request;
  const { resources, shared, hostSteps, recordSteps, followUps, depends } = kinds;
  const staying = stayingOf(request, targets);
  const keptSteps: PlanRequest<Shared>["keptSteps"] = (scope, facts) => kinds.keptSteps(scope, facts, staying);
  const warnings = destroy.size > 0 ? [] : [...(request.manifest?.warnings ?? []), ...warningsOf(targets, kinds)];
  const emptied =
    reset === undefined ? {} : { reset: { ...reset, steps: (scope: Scope, facts: Facts) => kinds.resetSteps(scope, facts, reset) } };
  return {
    project,
    targets,
    resources,
    shared,
    keptSteps,
    hostSteps,
    recordSteps,
    followUps,
    depends,
    destroy,
    prune,
    volumes,
    warnings,
    ...emptied,
  };
}

/** The environments that stay when those that are to be destroyed go; null where nothing of the project does. */
function stayingOf({ manifest, destroy, only, prune }: Request, targets: readonly Target[]): readonly Environment[] | null {
  const staying = [...(manifest?.environments ?? [])].filter(([name]) => !destroy.has(name)).map(([, environment]) => environment);
  const orphans = targets.some(
    ({ scope }) => scope.environment === null && !destroy.has(scope.name) && (!prune || scope.inactive !== undefined),
  );
  return staying.length === 0 && only === null && !orphans ? null : staying;
}

/** Refuses what cannot be done here before anything is begun. Throws all problems at once. */
export function checkBeforehand<Shared>(engine: Engine<Shared>, request: Pick<Request, "risk">, planned: Planned): void {
  const problems = problemsBeforehand(engine, request, planned);
  if (problems.length > 0) throw new CloisterError(problems);
}

/** Why a plan cannot be carried out here, each reason once; [] where it can. */
export function problemsBeforehand<Shared>(
  { kinds }: Engine<Shared>,
  request: Pick<Request, "risk">,
  { plan: made, targets }: Planned,
): readonly Diagnostic[] {
  // What only ends needs nothing.
  const begun = made.groups.filter(({ changes }) => changes.some(({ action }) => action !== "destroy"));
  const changed = new Set(begun.map(({ name }) => name));
  // Of what environments share, too, where only that is made.
  const needs = ({ scope: { environment }, facts }: Target) =>
    kinds.shared.some((resource) => {
      const all = environment === null ? [] : resource.want(environment, facts);
      return all.some(({ key, want }) => changed.has(resource.address(key, want)));
    });
  const problems = targets
    .filter((target) => changed.has(target.scope.name) || needs(target))
    .flatMap(({ scope, facts, origins }) => (scope.environment === null ? [] : placed(kinds.problems(scope, facts), origins)));
  return [...new Map([...problems, ...hazardsOf(made, request)].map((problem) => [problem.message, problem])).values()];
}
