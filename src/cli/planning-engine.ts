import { claimed } from "../engine/claimed.ts";
import type { Planned, Request } from "../engine/planned.ts";
import { planProject, planShared, problemsBeforehand } from "../engine/planned.ts";
import type { Lock } from "../host/lock.ts";
import type { Change } from "../model/change.ts";
import type { Pause } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";
import { isBlocked } from "../plan/busy.ts";
import { restarts } from "../plan/ending.ts";
import { holdBack } from "../plan/hold-back.ts";
import { permit } from "../plan/permit.ts";
import { refusalsOf } from "../plan/protect.ts";
import type { Destroying, PlanWish, ProcessWish, Resetting } from "./engine.ts";
import { Looking } from "./looking-engine.ts";
import { makePermitted, makeSaved, sightOf } from "./make-plan.ts";
import { neededProcesses } from "./needed-processes.ts";
import { checkIgnored, guardOf, refuseInactive, withNeeded } from "./operands.ts";
import { pausesNow, pauseWarnings } from "./pauses.ts";
import { processRequest } from "./process-operands.ts";
import { leaveProject, lockProject } from "./project-places.ts";
import { resetRequest } from "./resets.ts";
import { runningScope } from "./running-scope.ts";
import type { SavedPlan } from "./saved-plan.ts";
import { concerned, hasChange, savedPlanText } from "./saved-plan.ts";
import { refuseProtected, withoutGrace } from "./shown-plan.ts";
import { liftStops, stopProcesses, stoppedNow } from "./stops.ts";
import { isIncomplete } from "./subject.ts";
import type { Holding, Seen } from "./watched-project.ts";
import type { Wiring } from "./wiring.ts";

/** A plan as it was made, and what it takes to make it again. */
interface Prepared {
  readonly request: Request;
  readonly remake: () => Promise<Planned>;
  readonly made: Planned;
}

/** The part of the engine that makes plans; remembers what the last one was made from, so that it can be made again under the lock. */
export class Planning extends Looking {
  protected prepared: Prepared | null = null;
  /** The lock, where it was taken before the plan was made. */
  protected held: Lock | null = null;
  protected verb: string;
  /** The environments of which no process is to stay ended once this is carried out. */
  protected lifted: readonly string[] = [];
  /** What the last look held back: environments of which something is not done are not as the manifest wants them. */
  protected seen: Omit<Seen, "plan"> = { held: [], refusals: [], scopes: [], paused: [] };

  constructor(wiring: Wiring, verb = "apply") {
    super(wiring);
    this.verb = verb;
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
    this.lifted = environments;
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
    if (this.prepared === null) throw new Error("nothing was planned");
    const { made, request } = this.prepared;
    return savedPlanText(made.plan, {
      manifest,
      prune: request.prune,
      no_restart: request.hold === restarts,
      sight: sightOf(engine, made),
    });
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
    this.seen = { ...this.seen, held: made.plan.held ?? [] };
    return made;
  }

  async script(environments: readonly string[], wish: PlanWish): Promise<string> {
    const { scriptOf } = await import("./plan-script.ts");
    refuseProtected(await this.plan(environments, wish));
    return scriptOf({ ...this.wiring, planned: this.prepared?.made ?? null, wish, lifted: environments });
  }

  planDestroy(environments: readonly string[], { volumes, now, forced }: Destroying): Promise<Plan> {
    const request = { ...this.requestFor(environments), destroy: new Set(this.select(environments)), volumes };
    const guard = this.#guard(request, forced);
    this.verb = "destroy";
    return this.#planned(request, async () => {
      const planned = await makePermitted(this.wiring.engine, request, guard);
      return now ? { ...planned, plan: withoutGrace(planned.plan) } : planned;
    });
  }

  async planReset(environment: string, { keep, forced }: Resetting): Promise<Plan> {
    const request = resetRequest(this.requestFor([environment]), { environment, keep, host: this.wiring.engine.host });
    this.verb = "reset";
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
    this.verb = verb;
    return this.#planned(request, async () => {
      const made = await planProject(engine, request);
      const { plan, held } = holdBack(made.plan, request.hold);
      // What is not asked for may not be as the manifest wants it, and is not known to be.
      this.seen = { ...this.seen, held };
      const permitted = permit(plan, { hold: () => false, guard });
      return { ...made, plan: now ? withoutGrace(permitted) : permitted };
    });
  }

  planBuild(environments: readonly string[], { refresh }: { readonly refresh: boolean }): Promise<Plan> {
    const request = this.requestFor(environments);
    this.verb = "build";
    return this.#planned(request, () => planShared(this.wiring.engine, request, refresh));
  }

  refusals(): readonly Diagnostic[] {
    const { engine } = this.wiring;
    if (this.prepared === null) return [];
    const { made, request } = this.prepared;
    const { plan } = holdBack(made.plan, isBlocked);
    return problemsBeforehand(engine, request, { ...made, plan });
  }

  /** As `plan`, without what is held back; with that, and with what was looked at. What is protected is held, whoever said yes. */
  async look(environments: readonly string[], { prune, hold }: Holding): Promise<Seen> {
    let pauses: ReadonlyMap<string, Pause> = new Map();
    const rests = ({ environment }: Change) => environment !== null && pauses.has(environment);
    const asked = { ...this.requestFor(environments), prune, leaving: { ignore: [], unattended: true } };
    const guard = this.#guard(asked, []);
    const held = (change: Change) => hold(change) || rests(change) || refusalsOf([change], guard).length > 0;
    const request = { ...asked, hold: held };
    this.verb = "watch";
    const plan = await this.#planned(request, async () => {
      // Under the lock as well: what was paused before that is left alone.
      pauses = pausesNow(this.wiring.intents, this.wiring.manifest.environments).pauses;
      const made = await planProject(this.wiring.engine, request);
      const kept = holdBack(made.plan, held);
      const scopes = made.targets.map(({ scope }) => scope);
      const paused = scopes.flatMap(({ name }) => pauses.get(name) ?? []);
      const left = kept.held.filter((change) => !rests(change));
      this.seen = { held: left, refusals: refusalsOf(left, guard), scopes, paused };
      return { ...made, plan: { ...kept.plan, left: (made.plan.left ?? []).filter(({ change }) => !rests(change)) } };
    });
    return { ...this.seen, plan };
  }

  readonly #guard = ({ last = null }: Request, forced: readonly string[]) => guardOf(this.wiring.manifest, last, forced);

  async #planned(request: Request, make: () => Promise<Planned>): Promise<Plan> {
    const made = await make();
    this.prepared = { request, remake: make, made };
    return made.plan;
  }

  /** Where something is surely to be made the lock is taken before anything is looked at: then one plan will do. */
  async #plannedUnderLock(request: Request, make: () => Promise<Planned>): Promise<Plan> {
    const { directories, engine } = this.wiring;
    engine.host.prepare("making");
    engine.host.warm();
    const held = await this.lock();
    this.held = held;
    const made = await claimed(engine, make).catch(async (error: unknown) => {
      await leaveProject(directories, this.project, held);
      throw error;
    });
    this.prepared = { request, remake: make, made };
    return made.plan;
  }

  protected lock(): Promise<Lock> {
    const { context, directories, assisted } = this.wiring;
    return lockProject(directories, this.project, { verb: this.verb, timeoutMs: context.settings.lockTimeoutMs, assisted });
  }
}
