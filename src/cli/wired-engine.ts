import { apply, sweep } from "../engine/apply.ts";
import { claimed } from "../engine/claimed.ts";
import { failpointOf } from "../engine/failpoint.ts";
import type { Planned, Request } from "../engine/planned.ts";
import { checkBeforehand, planProject, planShared } from "../engine/planned.ts";
import type { Lock } from "../host/lock.ts";
import type { Change } from "../model/change.ts";
import { monotonicMs } from "../model/clock.ts";
import type { Pause } from "../model/condition.ts";
import { CloisterError, diagnosticCodes } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Event } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { busyDiagnostics, isAmong, isBlocked } from "../plan/busy.ts";
import { restarts } from "../plan/ending.ts";
import { formatStep } from "../plan/format-step.ts";
import { holdBack } from "../plan/hold-back.ts";
import { permit } from "../plan/permit.ts";
import { refusalsOf } from "../plan/protect.ts";
import { applicationOf } from "./application.ts";
import type { Destroying, Engine, PlanWish, ProcessWish, Resetting, WatchWish } from "./engine.ts";
import { interruption } from "./interruption.ts";
import { Looking } from "./looking-engine.ts";
import { makePermitted, makeSaved, sightOf } from "./make-plan.ts";
import { neededProcesses } from "./needed-processes.ts";
import type { Ended } from "./note-applied.ts";
import { endedOf, isNews, noteApplied, partlyDone, undoneIn } from "./note-applied.ts";
import { checkIgnored, guardOf, refuseInactive, withNeeded } from "./operands.ts";
import { movePauses, pausesNow, pauseWarnings } from "./pauses.ts";
import { processRequest } from "./process-operands.ts";
import { isLeft, leaveProject, lockProject, requireMachine } from "./project-places.ts";
import { resetRequest, stays } from "./resets.ts";
import { runningScope } from "./running-scope.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { concerned, hasChange, savedPlanText } from "./saved-plan.ts";
import { refuseProtected, refuseUnseen, withoutGrace } from "./shown-plan.ts";
import { liftStops, moveStops, stopProcesses, stoppedNow } from "./stops.ts";
import { foundOf, isIncomplete } from "./subject.ts";
import type { Holding, Seen } from "./watched-project.ts";
import type { Wiring } from "./wiring.ts";

/** The engine as the verbs use it; remembers what a shown plan was made from, so that it can be made again under the lock. */
export class Wired extends Looking implements Engine {
  #remake: (() => Promise<Planned>) | null = null;
  #made: Planned | null = null;
  /** The lock, where it was taken before the plan was made. */
  #held: Lock | null = null;
  #request: Request | null = null;
  #verb: string;
  /** The environments of which no process is to stay ended once this is carried out. */
  #lifted: readonly string[] = [];
  /** What the last look held back: environments of which something is not done are not as the manifest wants them. */
  #seen: Omit<Seen, "plan"> = { held: [], refusals: [], scopes: [], paused: [] };
  readonly formatStep = formatStep;

  constructor(wiring: Wiring, verb = "apply") {
    super(wiring);
    this.#verb = verb;
  }

  async plan(
    environments: readonly string[],
    { lock = false, ignore = [], noRestart = false, forced = [], ...wish }: PlanWish,
  ): Promise<Plan> {
    refuseInactive(environments, this.wiring.manifest);
    const asked = this.requestFor(withNeeded(environments, this.wiring.manifest.environments));
    const leaving = { ignore: checkIgnored(ignore, () => this.known()), unattended: false };
    // What is named is to run.
    const stopped = () => new Map([...(asked.stopped?.() ?? [])].filter(([name]) => !environments.includes(name)));
    this.#lifted = environments;
    const request = { ...asked, ...wish, stopped, leaving, hold: noRestart ? restarts : () => false };
    const guard = this.#guard(request, forced);
    const make = async () => {
      const planned = await this.#remember(makePermitted(this.wiring.engine, request, guard));
      const names = planned.targets.map(({ scope }) => scope.name);
      const { intents, manifest } = this.wiring;
      const wishes = [...stoppedNow(intents, manifest.environments).warnings, ...pauseWarnings(intents, manifest.environments, names)];
      const own = [...this.lastApplied().warnings, ...wishes];
      return { ...planned, plan: { ...planned.plan, warnings: [...own, ...planned.plan.warnings] } };
    };
    if (lock && isIncomplete(this.wiring.engine.host, request)) return this.#plannedUnderLock(request, make);
    this.wiring.engine.host.prepare("looking");
    return this.#planned(request, make);
  }

  planText(): string {
    const { manifest, engine } = this.wiring;
    if (this.#made === null || this.#request === null) throw new Error("nothing was planned");
    const { prune, hold } = this.#request;
    return savedPlanText(this.#made.plan, { manifest, prune, no_restart: hold === restarts, sight: sightOf(engine, this.#made) });
  }

  async planSaved(saved: SavedPlan, { forced = [], ...may }: Pick<PlanWish, "forced" | "lazy" | "risk" | "keepFailed">): Promise<Plan> {
    const isOfPlan = hasChange(saved);
    const own = { only: concerned(saved), prune: saved.prune, hold: (change: Change) => !isOfPlan(change) };
    const request = { ...this.requestFor([]), ...may, ...own };
    const guard = this.#guard(request, forced);
    return this.#planned(request, () => this.#remember(makeSaved(this.wiring.engine, request, { guard, saved })));
  }

  async #remember(making: Promise<Planned>): Promise<Planned> {
    const made = await making;
    this.#seen = { ...this.#seen, held: made.plan.held ?? [] };
    return made;
  }

  async script(environments: readonly string[], wish: PlanWish): Promise<string> {
    const { scriptOf } = await import("./plan-script.ts");
    refuseProtected(await this.plan(environments, wish));
    return scriptOf({ ...this.wiring, planned: this.#made, wish, lifted: environments });
  }

  planDestroy(environments: readonly string[], { volumes, now, forced }: Destroying): Promise<Plan> {
    const request = { ...this.requestFor(environments), destroy: new Set(this.select(environments)), volumes };
    const guard = this.#guard(request, forced);
    this.#verb = "destroy";
    return this.#planned(request, async () => {
      const planned = await makePermitted(this.wiring.engine, request, guard);
      return now ? { ...planned, plan: withoutGrace(planned.plan) } : planned;
    });
  }

  async planReset(environment: string, { keep, forced }: Resetting): Promise<Plan> {
    const request = resetRequest(this.requestFor([environment]), { environment, keep, host: this.wiring.engine.host });
    this.#verb = "reset";
    return this.#planned(request, () => makePermitted(this.wiring.engine, { ...request, hold: () => false }, this.#guard(request, forced)));
  }

  async planProcesses({ verb, operands, now, forced }: ProcessWish): Promise<Plan> {
    const selected = await this.selectProcesses(operands);
    const { intents, engine } = this.wiring;
    const running = (name: string) => runningScope(engine.host, { ...this.subject(), only: new Set([name]) });
    const needed = verb === "stop" ? [] : neededProcesses(selected, { host: engine.host, running, anew: verb === "restart" });
    const all = [...selected, ...needed];
    for (const { scope } of all) this.running(scope.name);
    for (const { scope, names } of all) (verb === "stop" ? stopProcesses : liftStops)(intents, scope.name, names);
    const request = processRequest(this.requestFor(all.map(({ scope }) => scope.name)), { verb, selected, needed });
    const guard = this.#guard(request, forced);
    this.#verb = verb;
    return this.#planned(request, async () => {
      const made = await planProject(engine, request);
      const { plan, held } = holdBack(made.plan, request.hold);
      // What is not asked for may not be as the manifest wants it, and is not known to be.
      this.#seen = { ...this.#seen, held };
      const permitted = permit(plan, { hold: () => false, guard });
      return { ...made, plan: now ? withoutGrace(permitted) : permitted };
    });
  }

  planBuild(environments: readonly string[], { refresh }: { readonly refresh: boolean }): Promise<Plan> {
    const request = this.requestFor(environments);
    this.#verb = "build";
    return this.#planned(request, () => planShared(this.wiring.engine, request, refresh));
  }

  async carryOut(shown: Plan, report: (event: Event) => void): Promise<number> {
    const { directories, engine } = this.wiring;
    const request = this.#request;
    if (this.#remake === null || request === null) throw new Error("carryOut without a plan");
    if (shown.changes.length === 0) {
      report({ type: "apply-started", plan: shown });
      report({ type: "apply-finished", changed: 0, failed: 0, skipped: 0, durationMs: 0 });
      await this.note();
      return 0;
    }
    const begun = monotonicMs();
    const made = this.#held === null ? null : this.#made;
    const lock = this.#held ?? (await this.#lock());
    const interrupt = interruption(report);
    try {
      const whole = made ?? (await claimed(engine, this.#remake));
      const { plan, held } = holdBack(whole.plan, isBlocked);
      const planned = { ...whole, plan };
      refuseUnseen(shown, planned.plan);
      refuseProtected(planned.plan);
      if (planned.plan.changes.some(({ action }) => action !== "destroy")) requireMachine(directories);
      checkBeforehand(engine, request, planned);
      this.#lift();
      const failpoint = failpointOf(planned.plan.groups);
      const how = applicationOf({ report, failpoint, interrupted: interrupt.happened });
      const hold = (change: Change) => request.hold?.(change) === true || isBlocked(change) || isAmong(held, change);
      const result = await apply(engine, { ...request, hold }, { planned, how });
      const unfinished = [...result.failed, ...result.skipped];
      if (unfinished.length > 0) await sweep(engine, request, unfinished);
      const busy = busyDiagnostics(held);
      const first = result.left[0] ?? result.diagnostics[0] ?? busy[0];
      const exitCode = interrupt.happened() ? 130 : first === undefined ? 0 : diagnosticCodes[first.code].exit;
      await failpoint("before", "note");
      if (this.#verb !== "build" && request.hold !== stays)
        this.#noteApplied({ ...this.#ended(request, planned.plan, { result, held }), exitCode, durationMs: monotonicMs() - begun });
      await failpoint("after", "note");
      if (result.left.length > 0) throw new CloisterError(result.left);
      if (busy.length > 0 && !interrupt.happened()) throw new CloisterError(busy);
      return exitCode;
    } finally {
      interrupt.forget();
      engine.host.releaseRanges();
      await leaveProject(directories, this.project, lock);
    }
  }

  #lift(): void {
    for (const name of this.#lifted) liftStops(this.wiring.intents, name, null);
  }

  async note(): Promise<void> {
    const { directories, engine, record } = this.wiring;
    this.#lift();
    if (this.#request === null || this.#verb === "build" || this.#verb === "reset") return;
    const nothing = { ...(this.#made?.plan ?? { project: this.project, warnings: [], environments: [] }), groups: [], changes: [] };
    const ended = this.#ended(this.#request, nothing, { result: { changed: [], failed: [], skipped: [] }, held: [] });
    if (!isNews(record, ended) && !(this.#verb === "destroy" && isLeft(directories, this.project))) return;
    const lock = this.#held ?? (await this.#lock());
    try {
      this.#noteApplied(ended);
    } finally {
      engine.host.releaseRanges();
      await leaveProject(directories, this.project, lock);
    }
  }

  /** Of what is no more nobody wishes anything. */
  #noteApplied(ended: Ended): void {
    const { record, intents, transient } = this.wiring;
    if (transient === true) return;
    movePauses(intents, new Map([...ended.manifest.environments].filter(([name]) => ended.names.includes(name))));
    moveStops(intents, new Map([...ended.manifest.environments].filter(([name]) => ended.names.includes(name))));
    for (const name of ended.gone) {
      intents.resume(name);
      liftStops(intents, name, null);
    }
    noteApplied(record, ended);
  }

  #ended(
    request: Request,
    plan: Plan,
    { result, held }: { readonly result: Parameters<typeof endedOf>[0]["result"]; readonly held: readonly Change[] },
  ): Ended {
    const { manifest, engine } = this.wiring;
    const found = foundOf(engine.host, this.subject());
    const own = [...held, ...this.#seen.held];
    const apart = undoneIn(plan, { ...this.#seen, held: [] });
    const changed = result.changed.filter((name) => !apart.includes(name));
    const partly = partlyDone(engine.kinds.resources, { held: own, changed, manifest, last: this.lastApplied().generation });
    const skipped = [...result.skipped, ...undoneIn(plan, { ...this.#seen, held: own })];
    return endedOf({ verb: this.#verb, manifest, plan, request, result: { ...result, skipped }, found, partly });
  }

  #lock(): Promise<Lock> {
    const { context, directories, assisted } = this.wiring;
    return lockProject(directories, this.project, { verb: this.#verb, timeoutMs: context.settings.lockTimeoutMs, assisted });
  }

  async watch(wish: WatchWish, report: (event: Event) => void): Promise<number> {
    const { runWatch } = await import("./run-watch.ts");
    const open = (edited: Manifest) => new Wired({ ...this.wiring, manifest: edited });
    return runWatch({ ...this.wiring, wish, report, open, host: this.wiring.engine.host });
  }

  /** As `plan`, without what is held back; with that, and with what was looked at. What is protected is held, whoever said yes. */
  async look(environments: readonly string[], { prune, hold }: Holding): Promise<Seen> {
    let pauses: ReadonlyMap<string, Pause> = new Map();
    const rests = ({ environment }: Change) => environment !== null && pauses.has(environment);
    const asked = { ...this.requestFor(environments), prune, leaving: { ignore: [], unattended: true } };
    const guard = this.#guard(asked, []);
    const held = (change: Change) => hold(change) || rests(change) || refusalsOf([change], guard).length > 0;
    const request = { ...asked, hold: held };
    this.#verb = "watch";
    const plan = await this.#planned(request, async () => {
      // Under the lock as well: what was paused before that is left alone.
      pauses = pausesNow(this.wiring.intents, this.wiring.manifest.environments).pauses;
      const made = await planProject(this.wiring.engine, request);
      const kept = holdBack(made.plan, held);
      const scopes = made.targets.map(({ scope }) => scope);
      const paused = scopes.flatMap(({ name }) => pauses.get(name) ?? []);
      const left = kept.held.filter((change) => !rests(change));
      this.#seen = { held: left, refusals: refusalsOf(left, guard), scopes, paused };
      return { ...made, plan: { ...kept.plan, left: (made.plan.left ?? []).filter(({ change }) => !rests(change)) } };
    });
    return { ...this.#seen, plan };
  }

  readonly #guard = ({ last = null }: Request, forced: readonly string[]) => guardOf(this.wiring.manifest, last, forced);

  async #planned(request: Request, make: () => Promise<Planned>): Promise<Plan> {
    this.#request = request;
    this.#remake = make;
    this.#made = await make();
    return this.#made.plan;
  }

  /** Where something is surely to be made the lock is taken before anything is looked at: then one plan will do. */
  async #plannedUnderLock(request: Request, make: () => Promise<Planned>): Promise<Plan> {
    const { directories, engine } = this.wiring;
    engine.host.prepare("making");
    engine.host.warm();
    const held = await this.#lock();
    this.#held = held;
    this.#request = request;
    this.#remake = make;
    this.#made = await claimed(engine, make).catch(async (error: unknown) => {
      await leaveProject(directories, this.project, held);
      throw error;
    });
    return this.#made.plan;
  }
}
