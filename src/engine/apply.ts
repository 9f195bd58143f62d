import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Reporter } from "../model/event.ts";
import type { Group } from "../model/plan.ts";
import type { Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { holdBack } from "../plan/hold-back.ts";
import { unassembled } from "./assembled.ts";
import { standing } from "./commands.ts";
import type { Run } from "./execute.ts";
import { executeGroup } from "./execute.ts";
import type { Failpoint } from "./failpoint.ts";
import { noFailpoint } from "./failpoint.ts";
import type { Outcome } from "./group-end.ts";
import type { Engine, Planned, Request } from "./planned.ts";
import { planProject } from "./planned.ts";

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
  const { targets } = await planProject(engine, { ...request, only, destroy: new Set() });
  const dead = new Set(targets.filter(({ scope }) => scope.keeper === null).map(({ scope }) => scope.name));
  // Logs stay: of the life before, or of what just failed.
  const keeping = { ...engine, kinds: { ...engine.kinds, recordSteps: () => [] } };
  const planned = await planProject(keeping, { ...request, only: dead, destroy: dead, volumes: false });
  await carryOutSilently(engine, planned.plan.groups);
}

/** Carries out groups that nobody asked for and nobody is told of. */
async function carryOutSilently<Shared>({ host }: Engine<Shared>, groups: readonly Group[]): Promise<void> {
  const silent: Reporter = { report: () => undefined, close: () => Promise.resolve() };
  const run: Run = {
    host,
    reporter: silent,
    outputs: new Map(),
    shared: new Map(),
    check: () => Promise.resolve([]),
    interrupted: () => false,
    format: () => "",
    failpoint: noFailpoint,
  };
  for (const group of groups) await executeGroup(run, group);
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

/** What is still to be done of groups that were done, when what a run that was killed had begun of them has been ended. A start whose last step was its check was looked at then. */
async function leftOver<Shared>(engine: Engine<Shared>, request: Request, done: readonly Group[]): Promise<readonly Diagnostic[]> {
  const names = done
    .filter(({ changes }) => changes.at(-1)?.steps.at(-1)?.type !== "commit")
    .flatMap(({ changes }) => changes[0]?.environment ?? []);
  if (names.length === 0) return [];
  // What was dropped is not to be dropped again, nor what was started anew.
  const { reset, anew, ...settled } = request;
  const look = () => planProject(engine, { ...settled, only: new Set(names) });
  let again = await look();
  // What a run that was killed had begun is in no control group yet, and is seen where no other life of the environment is any more.
  const cut = new Set(again.targets.filter(({ scope }) => isCutStart(scope)).map(({ scope }) => scope.name));
  const ends = again.plan.groups.filter(({ changes }) => changes.every(({ action, address }) => action === "destroy" && cut.has(address)));
  if (ends.length > 0) {
    await carryOutSilently(engine, ends);
    again = await look();
  }
  const { plan: wanted } = holdBack(again.plan, request.hold ?? (() => false));
  const left = wanted.changes.filter((change) => change.environment !== null);
  return left.map((change) => ({
    code: "engine/not-converged",
    severity: "error",
    message: `after the apply ${change.address} is still to be done: ${change.action} ${change.description}`,
    cause: change.steps.map(({ title }) => title).join("\n"),
  }));
}

/** Whether all that lives of an environment is a start that was not committed, and that nobody wanted kept. */
function isCutStart({ keeper }: Scope): boolean {
  return keeper !== null && !keeper.assembled && keeper.failed === undefined;
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
