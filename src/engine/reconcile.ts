import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../model/change.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment } from "../model/environment.ts";
import type { Reporter } from "../model/event.ts";
import type { Facts } from "../model/fact.ts";
import type { Host } from "../model/host.ts";
import type { Group, Plan } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { holdBack } from "../plan/hold-back.ts";
import { makeSharedPlan } from "../plan/plan.ts";
import type { PlanRequest, Target } from "../plan/plan-request.ts";
import { unassembled } from "./assembled.ts";
import { observeAwaited } from "./awaited.ts";
import { withHolders } from "./busy.ts";
import { standing } from "./commands.ts";
import type { Run } from "./execute.ts";
import { executeGroup } from "./execute.ts";
import type { Failpoint } from "./failpoint.ts";
import { noFailpoint } from "./failpoint.ts";
import type { Outcome } from "./group-end.ts";
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

/** What is to be reconciled. */
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
export async function plan<Shared>(engine: Engine<Shared>, request: Request): Promise<Planned> {
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
  const targets = await observe(engine.host, engine.kinds, request);
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

/** How a plan is carried out. */
export interface Application {
  readonly reporter: Reporter;
  readonly format: (step: Step) => string;
  /** Groups at the same time. */
  readonly parallel: number;
  readonly interrupted: () => boolean;
  readonly failpoint?: Failpoint;
}

/** How it ended. */
export interface Result {
  readonly changed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** Of the groups that failed; the reporter was told them. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of the groups that were done, told by nobody yet: what failed and stopped nothing, and what is not as wanted after all, which is a bug. */
  readonly left: readonly Diagnostic[];
}

/** Refuses what cannot be done here before anything is begun. Throws all problems at once. */
export function checkBeforehand<Shared>({ kinds }: Engine<Shared>, request: Pick<Request, "risk">, { plan: made, targets }: Planned): void {
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
  const unique = [...new Map([...problems, ...hazardsOf(made, request)].map((problem) => [problem.message, problem])).values()];
  if (unique.length > 0) throw new CloisterError(unique);
}

/** Time for what a killed run had begun to end by itself; until then it has the ids that are wanted, in ms. */
const endingMs = 2_000;

/**
 * Makes a plan and claims the id ranges that it gives to environments which are to start, again and again until no other run has claimed one of them.
 * Throws `engine/range-taken` where an overlay's files belong to a range that another run is giving away.
 */
export async function claimed(
  { host }: { readonly host: Pick<Host, "claimRange" | "upperOwner"> },
  make: () => Promise<Planned>,
  patienceMs = endingMs,
): Promise<Planned> {
  for (const until = monotonicMs() + patienceMs; ; ) {
    const planned = await make();
    const starting = new Set(
      planned.plan.groups
        .filter(({ changes }) => changes.some(({ steps }) => steps.some(({ type }) => type === "hold")))
        .map(({ name }) => name),
    );
    const fresh = planned.targets
      .map(({ scope }) => scope)
      .filter(({ name, keeper, environment }) => starting.has(name) && keeper === null && environment?.users.mode === "auto");
    const refused = fresh.filter(({ base }) => !host.claimRange(base));
    if (refused.length === 0) return planned;
    const bound = refused.find(({ base, places }) => host.upperOwner(places.uppers) === base);
    if (bound === undefined) continue;
    if (monotonicMs() < until) {
      await delay(20);
      continue;
    }
    throw new CloisterError({
      code: "engine/range-taken",
      severity: "error",
      message: `${bound.name}: the ids from ${bound.base} on, to which its overlay's files belong, are in use by another environment`,
      hint: "end that one first, or start anew: cloister destroy --volumes",
    });
  }
}

/** Carries out a plan: its groups in order, some at a time; one that fails stops what needs it and nothing else. Then looks again: what is left is a bug and is said. */
export async function apply<Shared>(
  engine: Engine<Shared>,
  request: Request,
  { planned, how }: { readonly planned: Planned; readonly how: Application },
): Promise<Result> {
  const begun = monotonicMs();
  const { reporter } = how;
  reporter.report({ type: "apply-started", plan: planned.plan });
  const run: Run = {
    host: engine.host,
    reporter,
    outputs: knownOutputs(planned),
    shared: standing(planned.plan.groups),
    check: (environment) => unassembled(engine, request, environment),
    keepFailed: request.keepFailed === true,
    interrupted: how.interrupted,
    format: how.format,
    failpoint: how.failpoint ?? noFailpoint,
  };
  const outcomes = await inOrder(planned.plan.groups, how.parallel, async (group, blocked) => {
    if (blocked === null && !how.interrupted()) return executeGroup(run, group);
    const reason = blocked === null ? "interrupted" : `${blocked} was not done`;
    reporter.report({ type: "environment-skipped", environment: group.name, reason });
    return { type: "interrupted" };
  });
  const of = (type: Outcome["type"]) => planned.plan.groups.filter(({ name }) => outcomes.get(name)?.type === type).map(({ name }) => name);
  const diagnostics = [...outcomes.values()].flatMap((outcome) => (outcome.type === "failed" ? outcome.diagnostics : []));
  const result = { changed: of("done"), failed: of("failed"), skipped: of("interrupted") };
  const told = [...outcomes.values()].flatMap((outcome) => (outcome.type === "done" ? outcome.told : []));
  const left = await leftOver(
    engine,
    request,
    planned.plan.groups.filter(({ name }) => result.changed.includes(name)),
  );
  reporter.report({
    type: "apply-finished",
    changed: result.changed.length,
    failed: result.failed.length,
    skipped: result.skipped.length,
    durationMs: monotonicMs() - begun,
  });
  return { ...result, diagnostics, left: [...told, ...left] };
}

/** Removes the directories and control groups of starts that failed; the kernel has taken the rest. */
export async function sweep<Shared>(engine: Engine<Shared>, request: Request, names: readonly string[]): Promise<void> {
  const only = new Set(names);
  const { targets } = await plan(engine, { ...request, only, destroy: new Set() });
  const dead = new Set(targets.filter(({ scope }) => scope.keeper === null).map(({ scope }) => scope.name));
  // Logs stay: of the life before, or of what just failed.
  const keeping = { ...engine, kinds: { ...engine.kinds, recordSteps: () => [] } };
  const planned = await plan(keeping, { ...request, only: dead, destroy: dead, volumes: false });
  const silent: Reporter = { report: () => undefined, close: () => Promise.resolve() };
  const run: Run = {
    host: engine.host,
    reporter: silent,
    outputs: new Map(),
    shared: new Map(),
    check: () => Promise.resolve([]),
    interrupted: () => false,
    format: () => "",
    failpoint: noFailpoint,
  };
  for (const group of planned.plan.groups) await executeGroup(run, group);
}

// What steps refer to and is known already: of running environments the identity of their keepers, of new ones where their files go.
function knownOutputs({ plan: made, targets }: Planned): Map<string, string> {
  const outputs = new Map<string, string>();
  const starting = new Set(
    made.changes.flatMap(({ environment, steps }) => (steps.some(({ type }) => type === "hold") ? [environment] : [])),
  );
  for (const { scope, fresh } of targets) {
    const of = `${scope.name}.namespaces`;
    outputs.set(`${of} base`, String(scope.base));
    outputs.set(`${of} run`, (starting.has(scope.name) ? fresh : scope).places.run);
    if (scope.keeper !== null) {
      outputs.set(`${of} pid`, String(scope.keeper.pid));
      outputs.set(`${of} start`, scope.keeper.start);
    }
  }
  return outputs;
}

/** What is still to be done of groups that were done. A start whose last step was its check was looked at then. */
async function leftOver<Shared>(engine: Engine<Shared>, request: Request, done: readonly Group[]): Promise<readonly Diagnostic[]> {
  const names = done
    .filter(({ changes }) => changes.at(-1)?.steps.at(-1)?.type !== "commit")
    .flatMap(({ changes }) => changes[0]?.environment ?? []);
  if (names.length === 0) return [];
  // What was dropped is not to be dropped again, nor what was started anew.
  const { reset, anew, ...settled } = request;
  const again = await plan(engine, { ...settled, only: new Set(names) });
  const { plan: wanted } = holdBack(again.plan, request.hold ?? (() => false));
  const left = wanted.changes.filter((change) => change.environment !== null);
  return left.map((change) => ({
    code: "engine/not-converged",
    severity: "error",
    message: `after the apply ${change.address} is still to be done: ${change.action} ${change.description}`,
  }));
}

/** Runs groups, `parallel` at a time, each when those that it comes after are done; one whose predecessor failed is told which. */
async function inOrder(
  groups: readonly Group[],
  parallel: number,
  act: (group: Group, blocked: string | null) => Promise<Outcome>,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const waiting = [...groups];
  const names = new Set(groups.map(({ name }) => name));
  const running = new Set<Promise<void>>();
  while (waiting.length > 0 || running.size > 0) {
    const index = waiting.findIndex(({ after }) => after.every((name) => !names.has(name) || outcomes.has(name)));
    const group = waiting[index];
    if (group === undefined || running.size >= parallel) {
      await Promise.race(running);
      continue;
    }
    waiting.splice(index, 1);
    const blocked = group.after.find((name) => outcomes.has(name) && outcomes.get(name)?.type !== "done") ?? null;
    const task = act(group, blocked).then((outcome) => {
      outcomes.set(group.name, outcome);
      running.delete(task);
    });
    running.add(task);
  }
  return outcomes;
}
