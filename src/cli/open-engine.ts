import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { NamedLife } from "../engine/lives.ts";
import { locate } from "../engine/observe.ts";
import * as reconcile from "../engine/reconcile.ts";
import { assistants } from "../host/assistant.ts";
import type { WaitingShim } from "../host/enter-process.ts";
import { startEntering } from "../host/enter-process.ts";
import { closeInherited } from "../host/inherited.ts";
import { linuxHost } from "../host/linux.ts";
import type { Lock } from "../host/lock.ts";
import { takeLock } from "../host/lock.ts";
import { assertOwned } from "../host/owned.ts";
import type { ProjectRecord } from "../host/record.ts";
import { recordAt } from "../host/record.ts";
import { requireTools } from "../host/tools.ts";
import type { Change } from "../model/change.ts";
import { CloisterError, diagnosticCodes } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Event } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Keeper, Scope } from "../model/resource.ts";
import { restarts } from "../plan/ending.ts";
import { formatStep } from "../plan/format-step.ts";
import { holdBack } from "../plan/hold-back.ts";
import { refusalsOf } from "../plan/protect.ts";
import type { BuiltRootfs } from "../resources/rootfs.ts";
import type { DriftReport } from "../ui/render-drift.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import type { Allowed, Destroying, Engine, Execution, LogWish, WatchWish } from "./engine.ts";
import { executeInside, notRunning } from "./execute-inside.ts";
import { interruption } from "./interruption.ts";
import { kinds } from "./kinds.ts";
import { loadManifest } from "./load-manifest.ts";
import { makePermitted, makeSaved, sightOf } from "./make-plan.ts";
import type { Ended } from "./note-applied.ts";
import { endedOf, isNews, noteApplied } from "./note-applied.ts";
import { guardOf, selectEnvironments, withJoined } from "./operands.ts";
import { isLeft, leaveProject, lockPath, programPath } from "./project-places.ts";
import type { LastApplied } from "./records.ts";
import { lastApplied } from "./records.ts";
import { requireRoot } from "./require-root.ts";
import type { Holding, Seen } from "./run-watch.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { concerned, hasChange, savedPlanText } from "./saved-plan.ts";
import { refuseProtected, refuseUnseen, withoutGrace } from "./shown-plan.ts";
import { foundOf, isIncomplete, subjectOf } from "./subject.ts";

/** How an engine is opened. */
export interface Opening {
  /** A process is to be started inside: on our streams, or in a terminal of its own. */
  readonly enters?: "process" | "terminal";
  /** What runs is surely looked into: that is prepared while the manifest is read. */
  readonly looks?: true;
  /** What is wanted, where that is not what the files say: an earlier generation. */
  readonly manifest?: Manifest;
  /** What the manifest names on this host may be gone: nothing is to be made of it. */
  readonly makesNothing?: true;
  /** What stands in the lock and in the record for an apply. */
  readonly verb?: string;
}

/** The engine for the manifests and directories that the flags name. Throws `host/no-root`, the manifest's problems. */
export async function openEngine(context: Context, opening: Opening = {}): Promise<Engine> {
  requireRoot();
  const program = { shim: `${dirname(programPath())}/shim.pl`, architecture: process.arch };
  const waiting = opening.enters === "process" ? startEntering(program) : null;
  const assisted = assistants(program);
  if (opening.looks === true) assisted.prepare("looking");
  const manifest = opening.manifest ?? loadManifest(opening.makesNothing === true ? { ...context, exists: () => true } : context);
  closeInherited();
  const directories = directoriesOf(context.settings);
  for (const directory of [directories.data, directories.state, directories.run]) assertOwned(directory);
  const host = linuxHost(directories, program.shim, assisted);
  const record = recordAt(`${directories.state}/${manifest.project}`);
  return new Wired({ context, manifest, directories, record, engine: { host, kinds }, waiting }, opening.verb);
}

interface Wiring {
  readonly context: Context;
  readonly manifest: Manifest;
  readonly directories: ReturnType<typeof directoriesOf>;
  readonly record: ProjectRecord;
  readonly engine: reconcile.Engine<BuiltRootfs>;
  /** The shim that was started to enter, where something is to be run on our streams. */
  readonly waiting: WaitingShim | null;
}

/** Remembers what a shown plan was made from, so that it can be made again under the lock. */
class Wired implements Engine {
  readonly #wiring: Wiring;
  #remake: (() => Promise<reconcile.Planned>) | null = null;
  #made: reconcile.Planned | null = null;
  /** The lock, where it was taken before the plan was made. */
  #held: Lock | null = null;
  #request: reconcile.Request | null = null;
  #verb: string;
  /** What the last look held back: environments of which something is not done are not as the manifest wants them. */
  #seen: Omit<Seen, "plan"> = { held: [], refusals: [], scopes: [] };
  readonly project: string;
  readonly formatStep = formatStep;

  constructor(wiring: Wiring, verb = "apply") {
    this.#wiring = wiring;
    this.#verb = verb;
    this.project = wiring.manifest.project;
  }

  async plan(
    environments: readonly string[],
    { prune, lock = false, noRestart = false, forced = [] }: Allowed & { readonly lock?: boolean },
  ): Promise<Plan> {
    const hold = noRestart ? restarts : () => false;
    const request = { ...this.#requestFor(withJoined(environments, this.#wiring.manifest.environments)), prune, hold };
    const guard = this.#guard(request, forced);
    const make = () => this.#remember(makePermitted(this.#wiring.engine, request, { guard, warnings: this.#lastApplied().warnings }));
    if (lock && isIncomplete(this.#wiring.engine.host, request)) return this.#plannedUnderLock(request, make);
    this.#wiring.engine.host.prepare("looking");
    return this.#planned(request, make);
  }

  planText(): string {
    const { manifest } = this.#wiring;
    if (this.#made === null || this.#request === null) throw new Error("nothing was planned");
    const { prune, hold } = this.#request;
    const sight = sightOf(this.#wiring.engine, this.#made);
    return savedPlanText(this.#made.plan, { manifest, prune, no_restart: hold === restarts, sight });
  }

  async planSaved(saved: SavedPlan, forced: readonly string[]): Promise<Plan> {
    const isOfPlan = hasChange(saved);
    const request = { ...this.#requestFor([]), only: concerned(saved), prune: saved.prune, hold: (change: Change) => !isOfPlan(change) };
    const guard = this.#guard(request, forced);
    return this.#planned(request, () => this.#remember(makeSaved(this.#wiring.engine, request, { guard, saved })));
  }

  async #remember(making: Promise<reconcile.Planned>): Promise<reconcile.Planned> {
    const made = await making;
    this.#seen = { ...this.#seen, held: made.plan.held ?? [] };
    return made;
  }

  planDestroy(environments: readonly string[], { volumes, now, forced }: Destroying): Promise<Plan> {
    const request = { ...this.#requestFor(environments), destroy: new Set(this.#select(environments)), volumes };
    const guard = this.#guard(request, forced);
    this.#verb = "destroy";
    return this.#planned(request, async () => {
      const planned = await makePermitted(this.#wiring.engine, request, { guard });
      return now ? { ...planned, plan: withoutGrace(planned.plan) } : planned;
    });
  }

  planBuild(environments: readonly string[], { refresh }: { readonly refresh: boolean }): Promise<Plan> {
    const request = this.#requestFor(environments);
    this.#verb = "build";
    return this.#planned(request, () => reconcile.planShared(this.#wiring.engine, request, refresh));
  }

  async carryOut(shown: Plan, report: (event: Event) => void): Promise<number> {
    const { directories, engine, record } = this.#wiring;
    const request = this.#request;
    if (this.#remake === null || request === null) throw new Error("carryOut without a plan");
    if (shown.changes.length === 0) {
      report({ type: "apply-started", plan: shown });
      report({ type: "apply-finished", changed: 0, failed: 0, skipped: 0, durationMs: 0 });
      await this.note();
      return 0;
    }
    const begun = performance.now();
    const made = this.#held === null ? null : this.#made;
    const lock = this.#held ?? (await this.#lock());
    const interrupt = interruption(report);
    try {
      const planned = made ?? (await reconcile.claimed(engine, this.#remake));
      refuseUnseen(shown, planned.plan);
      refuseProtected(planned.plan);
      if (planned.plan.changes.some(({ action }) => action !== "destroy")) requireTools();
      reconcile.checkBeforehand(engine, planned);
      const how = {
        reporter: { report, close: () => Promise.resolve() },
        format: formatStep,
        parallel: Math.max(2, availableParallelism()),
        interrupted: interrupt.happened,
      };
      const result = await reconcile.apply(engine, request, { planned, how });
      const unfinished = [...result.failed, ...result.skipped];
      if (unfinished.length > 0) await reconcile.sweep(engine, request, unfinished);
      const first = result.left[0] ?? result.diagnostics[0];
      const exitCode = interrupt.happened() ? 130 : first === undefined ? 0 : diagnosticCodes[first.code].exit;
      if (this.#verb !== "build")
        noteApplied(record, { ...this.#ended(request, planned.plan, result), exitCode, durationMs: performance.now() - begun });
      if (result.left.length > 0) throw new CloisterError(result.left);
      return exitCode;
    } finally {
      interrupt.forget();
      engine.host.releaseRanges();
      leaveProject(directories, this.project, lock);
    }
  }

  async note(): Promise<void> {
    const { directories, record } = this.#wiring;
    if (this.#request === null || this.#verb === "build") return;
    const nothing: Plan = { project: this.project, groups: [], changes: [], warnings: [], environments: [] };
    const ended = this.#ended(this.#request, nothing, { changed: [], failed: [], skipped: [] });
    if (!isNews(record, ended) && !(this.#verb === "destroy" && isLeft(directories, this.project))) return;
    const lock = this.#held ?? (await this.#lock());
    try {
      noteApplied(record, ended);
    } finally {
      leaveProject(directories, this.project, lock);
    }
  }

  async drift(environments: readonly string[], { ignore }: { readonly ignore: readonly string[] }): Promise<DriftReport> {
    const { findDrift } = await import("../engine/drift.ts");
    const { generation, warnings } = this.#lastApplied();
    const found = await findDrift(this.#wiring.engine, { ...this.#requestFor(environments), ignore });
    return { ...found, project: this.project, generation: generation?.number ?? null, warnings };
  }

  async status(environments: readonly string[]) {
    const planned = await reconcile.plan(this.#wiring.engine, this.#requestFor(environments));
    return planned.plan.environments;
  }

  async inspect(environments: readonly string[]) {
    const { inspectDocument } = await import("./inspect-document.ts");
    const { targets } = await reconcile.plan(this.#wiring.engine, this.#requestFor(environments));
    return targets.map(inspectDocument);
  }

  execute(execution: Execution): Promise<number> {
    return executeInside(execution, { ...this.#wiring, host: this.#wiring.engine.host, scope: this.#running(execution.environment) });
  }

  async logs(wish: LogWish, write: (text: string) => void): Promise<boolean> {
    const [name = ""] = selectEnvironments([wish.environment], this.#names());
    const { followLog, requireLog } = await import("./follow-log.ts");
    const [scope] = locate(this.#wiring.engine.host, { ...this.#subject(), only: new Set([name]) });
    const path = `${scope?.places.logs ?? ""}/main.log`;
    requireLog(path, name);
    return followLog(path, wish, write);
  }

  async verify(environments: readonly string[], context: Context): Promise<number> {
    const { reportVerified, verifyEnvironments } = await import("./run-verify.ts");
    const names = selectEnvironments(environments, this.#names());
    return reportVerified(verifyEnvironments(names.map((name) => this.#running(name))), context);
  }

  #lastApplied(): LastApplied {
    const { record, manifest } = this.#wiring;
    return lastApplied(record, [...manifest.environments.values()][0]);
  }

  #ended(request: reconcile.Request, plan: Plan, result: Parameters<typeof endedOf>[0]["result"]): Ended {
    const { manifest } = this.#wiring;
    const skipped = [...result.skipped, ...this.#seen.held.flatMap(({ environment }) => environment ?? [])];
    const found = this.#found();
    return endedOf({ verb: this.#verb, manifest, plan, request, result: { ...result, skipped }, found });
  }

  #lock(): Promise<Lock> {
    const { context, directories } = this.#wiring;
    return takeLock({ path: lockPath(directories, this.project), verb: this.#verb, timeoutMs: context.settings.lockTimeoutMs });
  }

  async watch(wish: WatchWish, report: (event: Event) => void): Promise<number> {
    const { runWatch } = await import("./run-watch.ts");
    const { context, directories, engine, manifest } = this.#wiring;
    const open = (edited: Manifest) => new Wired({ ...this.#wiring, manifest: edited });
    return runWatch({ context, wish, report, manifest, open, host: engine.host, locks: directories.locks });
  }

  /** As `plan`, without what is held back; with that, and with what was looked at. What is protected is held, whoever said yes. */
  async look(environments: readonly string[], { prune, hold }: Holding): Promise<Seen> {
    const asked = { ...this.#requestFor(environments), prune };
    const guard = this.#guard(asked, []);
    const request = { ...asked, hold: (change: Change) => hold(change) || refusalsOf([change], guard).length > 0 };
    this.#verb = "watch";
    const plan = await this.#planned(request, async () => {
      const made = await reconcile.plan(this.#wiring.engine, request);
      const { plan: kept, held } = holdBack(made.plan, request.hold);
      this.#seen = { held, refusals: refusalsOf(held, guard), scopes: made.targets.map(({ scope }) => scope) };
      return { ...made, plan: kept };
    });
    return { ...this.#seen, plan };
  }

  readonly #guard = ({ last = null }: reconcile.Request, forced: readonly string[]) => guardOf(this.#wiring.manifest, last, forced);

  #names(): readonly string[] {
    return [...this.#wiring.manifest.environments.keys()];
  }

  /** Environments of the manifest, or of those that run and are not in it. */
  #select(environments: readonly string[]): readonly string[] {
    const names = this.#names();
    if (environments.every((name) => names.includes(name))) return selectEnvironments(environments, names);
    const running = this.#found().map(({ name }) => name);
    return selectEnvironments(environments, [...new Set([...names, ...running])]);
  }

  #requestFor(environments: readonly string[]): reconcile.Request {
    const only = environments.length === 0 ? null : new Set(this.#select(environments));
    return { ...this.#subject(), only, destroy: new Set(), prune: false, volumes: false };
  }

  #subject() {
    return subjectOf(this.#wiring.manifest, this.#lastApplied());
  }

  #found(): readonly NamedLife[] {
    return foundOf(this.#wiring.engine.host, this.#subject());
  }

  async #planned(request: reconcile.Request, make: () => Promise<reconcile.Planned>): Promise<Plan> {
    this.#request = request;
    this.#remake = make;
    this.#made = await make();
    return this.#made.plan;
  }

  /** Where something is surely to be made the lock is taken before anything is looked at: then one plan will do. */
  async #plannedUnderLock(request: reconcile.Request, make: () => Promise<reconcile.Planned>): Promise<Plan> {
    const { engine } = this.#wiring;
    const taking = this.#lock();
    engine.host.prepare("making");
    this.#held = await taking;
    engine.host.warm();
    this.#request = request;
    this.#remake = make;
    this.#made = await reconcile.claimed(engine, make);
    return this.#made.plan;
  }

  #running(name: string): Scope & { readonly environment: Environment; readonly keeper: Keeper } {
    const { engine } = this.#wiring;
    selectEnvironments([name], this.#names());
    const scope = locate(engine.host, { ...this.#subject(), only: new Set([name]) }).find((one) => one.name === name);
    const { environment = null, keeper = null } = scope ?? {};
    if (scope === undefined || environment === null || keeper?.assembled !== true) throw notRunning(name);
    return { ...scope, environment, keeper };
  }
}
