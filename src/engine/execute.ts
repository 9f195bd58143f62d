import type { Address } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { HeldKeeper, Host } from "../model/host.ts";
import type { Group } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { unreachable } from "../model/unreachable.ts";
import type { Placing, Unit } from "../plan/fused.ts";
import { fused, partsOf } from "../plan/fused.ts";
import type { CommandRun } from "./commands.ts";
import { beginAhead, changeNetwork, goOn, runShared } from "./commands.ts";
import type { Failpoint } from "./failpoint.ts";
import type { BegunGroup, Failure, Outcome } from "./group-end.ts";
import { endGroup } from "./group-end.ts";
import { noteRoot, resolve } from "./outputs.ts";
import { isWait, sideBySide, stagesOf, turnsOf } from "./side-by-side.ts";

/** What the steps of one run share, and how a start is judged before it is committed. */
export interface Run extends CommandRun {
  /** What is not as wanted in an environment that was just assembled; [] lets it live. */
  readonly check: (environment: string) => Promise<readonly Diagnostic[]>;
  /** Whether a start that fails is kept half made, for a look; absent: it leaves nothing. */
  readonly keepFailed?: boolean;
  readonly format: (step: Step) => string;
  readonly failpoint: Failpoint;
}

/**
 * Carries out one group: its steps in order, but for those that wait side by side; it stops at the first that fails, but for what needs none of what failed. A start that
 * fails leaves nothing in the kernel, unless it is to be kept.
 */
export async function executeGroup(run: Run, group: Group): Promise<Outcome> {
  const steps = stepsOf(group.changes);
  const progress = { environment: group.name, done: 0, running: 0, total: steps.length };
  const failures: Failure[] = [];
  const isStopped = () => failures.length > 0 || run.interrupted();
  const beganMs = monotonicMs();
  const state: GroupState = { run, group, steps, beganMs, progress, keepers: new Map(), build: null, told: [], failures, isStopped };
  run.reporter.report({ type: "environment-started", environment: group.name, changes: group.changes, total: steps.length });
  for (const { how, changes } of stagesOf(group.changes)) {
    if (how === "side-by-side") await sideBySide(changes, async (some) => void (await inTurn(state, some)));
    else await eachInTurn(state, changes);
  }
  return endGroup(state);
}

function stepsOf(changes: readonly Change[]): readonly Step[] {
  return changes.flatMap((change) => change.steps);
}

interface GroupState extends BegunGroup {
  readonly run: Run;
  readonly steps: readonly Step[];
  readonly failures: Failure[];
  readonly isStopped: () => boolean;
}

/** Carries out changes in order, until the group is stopped; those that need nothing of what has failed all the same. */
async function eachInTurn(state: GroupState, changes: readonly Change[]): Promise<void> {
  const { run, failures } = state;
  const undone = new Set<Address>();
  let isBroken = failures.length > 0;
  for (const turn of turnsOf(changes)) {
    const needs = turn[0]?.needs;
    const before = failures.length;
    const isApart = !isBroken && needs?.every((address) => !undone.has(address)) === true;
    const isStopped = isApart ? () => failures.length > before || run.interrupted() : state.isStopped;
    if (await inTurn(state, stepsOf(turn), isStopped)) continue;
    for (const { address } of turn) undone.add(address);
    isBroken ||= needs === undefined && failures.length > before;
  }
}

/** Carries out steps in order, until there is a reason to stop; whether there was none. */
async function inTurn(state: GroupState, steps: readonly Step[], isStopped = state.isStopped): Promise<boolean> {
  for (const act of fused(steps).flatMap((unit) => actsOf(state, unit))) if (!(await goesOnAfter(state, act, isStopped))) return false;
  return true;
}

/** What is done for steps, at once for all of them. */
interface Act {
  readonly steps: readonly Step[];
  readonly carryOut: () => Promise<void>;
}

function actsOf(state: GroupState, unit: Unit): readonly Act[] {
  if (unit.type === "step") return [{ steps: [unit.step], carryOut: () => reported(state, unit.step, () => carryOut(state, unit.step)) }];
  const unreported = async (step: Step) => {
    await carryOut(state, step);
    state.progress.done += 1;
  };
  const before = unit.before.map((step) => ({ steps: [step], carryOut: () => unreported(step) }));
  return [...before, { steps: unit.steps, carryOut: () => assemble(state, unit.steps) }];
}

/** Does it unless the group is stopped by then. What fails is noted, unless it was ended because of that; nothing comes after it. */
async function goesOnAfter(state: GroupState, act: Act, isStopped: () => boolean): Promise<boolean> {
  const { run, failures } = state;
  try {
    for (const step of act.steps) await run.failpoint("before", step);
    if (isStopped()) return false;
    await act.carryOut();
    for (const step of act.steps) await run.failpoint("after", step);
    return true;
  } catch (error) {
    const [step] = act.steps;
    if (!isEnded(state, step)) failures.push({ error, step });
    return false;
  }
}

/** Whether a step that failed may have been ended by us: a wait, because of another step, or the build of a root. */
function isEnded({ run, isStopped }: GroupState, step: Step | undefined): boolean {
  if (step === undefined) return false;
  return isWait(step) ? isStopped() : step.type === "run" && step.progress !== undefined && run.interrupted();
}

async function reported({ run, progress }: GroupState, step: Step, act: () => Promise<void>): Promise<void> {
  const { environment, total } = progress;
  const begun = monotonicMs();
  run.reporter.report({
    type: "step-started",
    environment,
    title: step.title,
    done: progress.done + progress.running,
    total,
    // Most reporters do not ask.
    get command() {
      return run.format(step);
    },
  });
  progress.running += 1;
  await act().finally(() => {
    progress.running -= 1;
  });
  progress.done += 1;
  run.reporter.report({
    type: "step-finished",
    environment,
    title: step.title,
    done: progress.done,
    total,
    durationMs: monotonicMs() - begun,
  });
}

async function assemble(state: GroupState, steps: readonly [Placing, ...Placing[]]): Promise<void> {
  const { run } = state;
  const [first] = steps;
  const title = steps.length === 1 ? first.title : `root and mounts (${steps.length} operations)`;
  const { mounts, operations } = partsOf(steps);
  const output = (name: string) => run.outputs.get(`${first.of} ${name}`);
  await reported(state, { ...first, title }, () =>
    run.host.assemble({
      pid: Number(resolve(run, first.pid)),
      start: state.keepers.get(first.of)?.start ?? output("start") ?? "",
      base: Number(output("base")),
      run: output("run") ?? "",
      mounts,
      operations: operations.map((operation) => operation.map((operand) => resolve(run, operand))),
    }),
  );
  state.progress.done += steps.length - 1;
}

async function carryOut(state: GroupState, step: Step): Promise<void> {
  const { run } = state;
  const { host } = run;
  switch (step.type) {
    case "mkdir":
      return host.makeDirectory(resolve(run, step.path), step.mode, step.owner);
    case "cgroup":
      return host.makeGroups(step.paths);
    case "link":
      return host.makeLink(step.path, step.target);
    case "write":
      return write(run, step);
    case "move":
      return host.move(step.from, step.to);
    case "remove":
      return remove(host, step);
    case "run":
      return step.goesOn === true ? goOn(state, step) : runShared(state, step);
    case "network":
      return changeNetwork(state, step);
    case "stage":
      state.build = await host.stage(step.store, step.key);
      return;
    case "image": {
      const root = await (state.build ?? (await host.stage(step.store, step.root.key))).commit(step.root);
      state.build = null;
      return noteRoot(run, step, root);
    }
    case "hold":
      return hold(state, step);
    case "release":
      return heldKeeper(state, step.of).release();
    case "commit":
      return commit(state, step);
    case "mount":
    case "shim":
      throw new Error("fused steps are carried out together");
    case "spawn":
      return host.spawn({ ...step, command: step.command.map((one) => resolve(run, one)) });
    case "signal":
      return host.end(step);
    default:
      return unreachable(step);
  }
}

async function hold(state: GroupState, { of, command, ...step }: Step & { readonly type: "hold" }): Promise<void> {
  const { run, keepers } = state;
  beginAhead(state, state.steps);
  const { environment, log, failed } = step;
  const keeper = await run.host.hold({ command: command.map((one) => resolve(run, one)), environment, log, failed });
  keepers.set(of, keeper);
  run.outputs.set(`${of} pid`, String(keeper.pid));
  run.outputs.set(`${of} start`, keeper.start);
}

/** Lets a start live on its own, once it is as it is to be. */
async function commit(state: GroupState, { of }: Step & { readonly type: "commit" }): Promise<void> {
  const problems = await state.run.check(state.group.name);
  if (problems.length > 0) throw new CloisterError(problems);
  heldKeeper(state, of).commit();
  state.keepers.delete(of);
}

function write({ host, outputs }: Run, { to, brief, mode = 0o600, ...step }: Step & { readonly type: "write" }): void {
  const [path, content] = [resolve({ outputs }, step.path), resolve({ outputs }, step.content)];
  if (to === "kernel") host.writeKernel(path, content);
  else if (brief === true) host.writeBriefly(path, content, mode);
  else host.writeFile(path, content, mode);
}

function remove(host: Host, { how, path }: Step & { readonly type: "remove" }): void | Promise<void> {
  switch (how) {
    case "tree":
      return host.removeTree(path);
    case "cgroup":
      return host.removeGroup(path);
    case "file":
      return host.removeFile(path);
    case "empty":
      return host.removeEmpty(path);
    default:
      return unreachable(how);
  }
}

function heldKeeper(state: GroupState, of: string): HeldKeeper {
  const keeper = state.keepers.get(of);
  if (keeper === undefined) throw new Error(`no keeper of ${of} is held`);
  return keeper;
}
