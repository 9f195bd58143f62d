import type { Change } from "../model/change.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { HeldKeeper, Host, StagedBuild } from "../model/host.ts";
import type { Group } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import { unreachable } from "../model/unreachable.ts";
import type { Placing } from "../plan/fused.ts";
import { fused, partsOf } from "../plan/fused.ts";
import type { CommandRun } from "./commands.ts";
import { beginAhead, changeNetwork, goOn, runShared } from "./commands.ts";
import type { Failpoint } from "./failpoint.ts";
import { noteRoot, resolve } from "./outputs.ts";
import { diagnosticsOf, wordsOf } from "./step-failure.ts";

/** What the steps of one run share, and how a start is judged before it is committed. */
export interface Run extends CommandRun {
  /** What is not as wanted in an environment that was just assembled; [] lets it live. */
  readonly check: (environment: string) => Promise<readonly Diagnostic[]>;
  /** Whether a start that fails is kept half made, for a look; absent: it leaves nothing. */
  readonly keepFailed?: boolean;
  readonly format: (step: Step) => string;
  readonly failpoint: Failpoint;
}

/** How a group ended. */
export type Outcome =
  /** `told`: what failed on the way and stopped nothing; told by nobody yet. */
  | { readonly type: "done"; readonly told: readonly Diagnostic[] }
  | { readonly type: "failed"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly type: "interrupted" };

/** Carries out one group: its steps in order, stopping at the first that fails. A start that fails leaves nothing in the kernel, unless it is to be kept. */
export async function executeGroup(run: Run, group: Group): Promise<Outcome> {
  const steps = group.changes.flatMap((change: Change) => change.steps);
  const begun = monotonicMs();
  const progress = { environment: group.name, done: 0, total: steps.length };
  const state: GroupState = { run, group, progress, keepers: new Map(), build: null, told: [] };
  run.reporter.report({ type: "environment-started", environment: group.name, changes: group.changes, total: steps.length });
  let current: Step | undefined;
  try {
    for (const unit of fused(steps)) {
      const single = unit.type === "step" ? [unit.step] : unit.before;
      for (const step of single) {
        current = step;
        await run.failpoint("before", step);
        if (run.interrupted()) return await interrupt(state);
        if (step.type === "hold") beginAhead(state, steps);
        if (unit.type === "step") await reported(state, step, () => carryOut(state, step));
        else {
          await carryOut(state, step);
          progress.done += 1;
        }
        await run.failpoint("after", step);
      }
      if (unit.type === "step") continue;
      [current] = unit.steps;
      for (const step of unit.steps) await run.failpoint("before", step);
      if (run.interrupted()) return await interrupt(state);
      await assemble(state, unit.steps);
      for (const step of unit.steps) await run.failpoint("after", step);
    }
  } catch (error) {
    if (current?.type === "run" && (current.waits === true || current.progress !== undefined) && run.interrupted()) return interrupt(state);
    const diagnostics = [...state.told, ...(await diagnose(state, error, current))];
    run.reporter.report({ type: "environment-failed", ...progress, diagnostics });
    return { type: "failed", diagnostics };
  }
  run.reporter.report({
    type: "environment-finished",
    environment: group.name,
    changes: group.changes,
    durationMs: monotonicMs() - begun,
  });
  return { type: "done", told: state.told };
}

interface GroupState {
  readonly run: Run;
  readonly group: Group;
  readonly progress: Progress;
  readonly keepers: Map<string, HeldKeeper>;
  build: StagedBuild | null;
  readonly told: Diagnostic[];
}

interface Progress {
  readonly environment: string;
  done: number;
  readonly total: number;
}

async function reported({ run, progress }: GroupState, step: Step, act: () => Promise<void>): Promise<void> {
  const { environment, total } = progress;
  const begun = monotonicMs();
  run.reporter.report({
    type: "step-started",
    environment,
    title: step.title,
    done: progress.done,
    total,
    // Most reporters do not ask.
    get command() {
      return run.format(step);
    },
  });
  await act();
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
  const step: Step = { ...first, title };
  await reported(state, step, async () => {
    const pid = Number(resolve(run, first.pid));
    const held = state.keepers.get(first.of);
    const { base, start, runDirectory } = assemblyPlace(state, { of: first.of, pid });
    await run.host.assemble({
      pid,
      start: held?.start ?? start,
      base,
      run: runDirectory,
      mounts,
      operations: operations.map((operation) => operation.map((operand) => resolve(run, operand))),
    });
  });
  state.progress.done += steps.length - 1;
}

function assemblyPlace(state: GroupState, { of }: { readonly of: string; readonly pid: number }) {
  const place = state.run.outputs;
  return { base: Number(place.get(`${of} base`)), start: place.get(`${of} start`) ?? "", runDirectory: place.get(`${of} run`) ?? "" };
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
    case "hold": {
      const keeper = await host.hold({
        command: step.command.map((one) => resolve(run, one)),
        environment: step.environment,
        log: step.log,
        failed: step.failed,
      });
      state.keepers.set(step.of, keeper);
      run.outputs.set(`${step.of} pid`, String(keeper.pid));
      run.outputs.set(`${step.of} start`, keeper.start);
      return;
    }
    case "release":
      return heldKeeper(state, step.of).release();
    case "commit": {
      const problems = await run.check(state.group.name);
      if (problems.length > 0) throw new CloisterError(problems);
      heldKeeper(state, step.of).commit();
      state.keepers.delete(step.of);
      return;
    }
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

/** Ends what is not committed: the kernel takes everything of an unfinished environment with its keeper. */
async function abandon(state: GroupState): Promise<void> {
  for (const keeper of state.keepers.values()) await keeper.abandon();
  await state.build?.abandon();
}

/** Stops before the next step, and says where it stands. */
async function interrupt(state: GroupState): Promise<Outcome> {
  const { run, progress, keepers, build } = state;
  const taken = keepers.size > 0 || build !== null ? "; what was begun is taken away" : "";
  await abandon(state);
  const { environment, done, total } = progress;
  run.reporter.report({ type: "environment-skipped", environment, reason: `interrupted after ${done} of ${total} steps${taken}` });
  return { type: "interrupted" };
}

async function diagnose(state: GroupState, error: unknown, step: Step | undefined): Promise<readonly Diagnostic[]> {
  const { progress, group, run } = state;
  const where = `${group.name}: ${step?.title ?? ""}: `;
  const done = `${progress.done} of ${progress.total} steps were done`;
  const kept = run.keepFailed === true ? keep(state, `${step?.title ?? ""}: ${wordsOf(error)}`) : "";
  await abandon(state);
  return diagnosticsOf(error, where, `${done}${kept}`);
}

/** Leaves a start that failed as it is, and says how it is looked at. What had been committed before stands anyway. */
function keep({ keepers, group: { name } }: GroupState, why: string): string {
  const [of, keeper] = [...keepers][0] ?? [];
  if (of === undefined || keeper === undefined) return "";
  if (!keeper.keep(why)) return "; nothing of it lived yet that could be kept";
  keepers.delete(of);
  return `; what was made is kept: cloister inspect ${name} and cloister exec ${name} look at it, cloister destroy ${name} removes it`;
}
