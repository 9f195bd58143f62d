import type { Change } from "../model/change.ts";
import type { Pause } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Event } from "../model/event.ts";
import { unreachable } from "../model/unreachable.ts";
import { isBlocked } from "../plan/busy.ts";
import type { Sign } from "./watch/agenda.ts";
import { Agenda } from "./watch/agenda.ts";
import type { Clock } from "./watch/clock.ts";
import { systemClock } from "./watch/clock.ts";
import { Conditions, degraded, flapping, invalid, paused, unsynced } from "./watch/conditions.ts";
import { Repairs } from "./watch/repairs.ts";
import type { Unlike } from "./watch/told.ts";
import { causeOf, ends, ownerOf, repaired, unlikeOf, warnedOf, whyHeld } from "./watch/told.ts";
import type { Ended, Look, Watched, Wish } from "./watch/watched.ts";

/** How often a watch that waits looks at the clock: one that comes back later than that was stopped, or had no processor. */
const beatMs = 1_000;
const lateMs = 1_000;

/** Where a watch stands. */
type State =
  | { readonly type: "waiting" | "reading" | "observing" | "ended" }
  /** `heard`: of whom the kernel told, where it follows from a glance. */
  | { readonly type: "applying"; readonly look: Look; readonly heard?: readonly string[] };

/** What a look leaves out: what is held back, and of that what broke too often. */
interface Leaving {
  readonly isHeld: (change: Change) => boolean;
  readonly rests: (change: Change) => boolean;
}

/**
 * Keeps environments as their manifest says until it is told to stop. Events say only *that* something may have happened; what is done follows from
 * looking, so that one that was missed, doubled or late costs time and nothing else.
 *
 *               event, interval, end of a pause: due
 *                   │
 *                   ▼    quiet for
 *             ┌─────────┐ 4 or 25 ms ┌─────────┐          ┌───────────┐
 *        ────►│ waiting │───────────►│ reading │─────────►│ observing │  takes the events; of many environments
 *             └─────────┘            └─────────┘          └───────────┘  a glance at those of whom they are may do
 *               │ ▲  ▲  nothing to do, or another run has    │     │
 *          stop │ │  └───── the lock (again in 200 ms) ──────┤     │ something to do
 *               ▼ │                          once: the end │     ▼
 *         ┌───────┐ look again, once, whatever came meanwhile:   ┌──────────┐
 *         │ ended │  the observation that ends it ───────────────│ applying │
 *         └───────┘                                              └──────────┘
 *
 * A stop ends it where it waits, else when the step that runs is done.
 */
export class Watch {
  readonly #watched: Watched;
  readonly #wish: Wish;
  readonly #clock: Clock;
  readonly #report: (event: Event) => void;
  readonly #conditions: Conditions;
  readonly #repairs = new Repairs();
  readonly #agenda: Agenda;
  #stopped = false;
  #looked = false;
  #wake: () => void = () => undefined;
  /** The manifest has changed since everything was last as wanted: what is done now is no repair. */
  #edited = true;
  #ended: Ended = { held: [], warned: [], failed: [] };

  constructor(
    watched: Watched,
    wish: Wish,
    { report, clock = systemClock }: { readonly report: (event: Event) => void; readonly clock?: Clock },
  ) {
    this.#watched = watched;
    this.#wish = wish;
    this.#clock = clock;
    this.#report = report;
    const date = () => new Date(clock.wall()).toISOString();
    this.#conditions = new Conditions(report, { date, generation: () => watched.generation() });
    this.#agenda = new Agenda(clock, wish.intervalMs);
  }

  /** Something may have happened, to that environment or nobody knows to whom, or it is to stop. May be called at any time. */
  notice(sign: Sign | "stop", environment?: string): void {
    if (sign === "stop") this.#stopped = true;
    else this.#agenda.notice(sign, environment);
    this.#wake();
  }

  /** Runs until it is stopped, or once. */
  async run(): Promise<Ended> {
    this.#report({ type: "watch-started", project: this.#watched.project, pid: process.pid });
    let state: State = { type: "waiting" };
    while (state.type !== "ended") state = await this.#next(state);
    this.#report({ type: "watch-stopped", project: this.#watched.project });
    return this.#ended;
  }

  async #next(state: State): Promise<State> {
    switch (state.type) {
      case "waiting":
        return this.#waiting();
      case "reading":
        return this.#reading();
      case "observing":
        return this.#counted("look", () => this.#observing());
      case "applying":
        return this.#counted("repair", () => this.#applying(state));
      case "ended":
        return state;
      default:
        return unreachable(state);
    }
  }

  /** Until something is due. The timer is only a way to wake: what is due is told by the clock. */
  async #waiting(): Promise<State> {
    for (;;) {
      if (this.#stopped) return { type: "ended" };
      const now = this.#clock.now();
      const retry = this.#wish.repair ? (this.#repairs.nextTry(now) ?? Infinity) : Infinity;
      const due = Math.min(this.#agenda.next(), retry);
      if (due <= now) return { type: "reading" };
      const rest = Math.min(due - now, beatMs);
      await new Promise<void>((done) => {
        const forget = this.#clock.after(rest, done);
        this.#wake = () => {
          forget();
          done();
        };
      });
      this.#wake = () => undefined;
      // That something may be tried again is nobody's event.
      if (this.#clock.now() >= retry) this.#agenda.again();
      // Of what happened while this process was stopped the kernel may have dropped events.
      if (this.#clock.now() - (now + rest) > lateMs) this.#agenda.notice("resync");
    }
  }

  #reading(): State {
    if (!this.#agenda.takeFiles()) return { type: "observing" };
    const reloaded = this.#watched.reload();
    switch (reloaded.type) {
      case "same":
        this.#conditions.clear("ManifestInvalid", null);
        break;
      case "changed":
        this.#edited = true;
        this.#repairs.clear();
        this.#conditions.clear("ManifestInvalid", null);
        this.#conditions.clearOthers("Flapping", []);
        break;
      case "invalid":
        this.#conditions.set(invalid(reloaded.diagnostics));
        this.#agenda.retryFiles();
        break;
    }
    return { type: "observing" };
  }

  /** What cannot even be looked at is a failure of the project's, tried again later; at the start there is nobody to wait for. */
  async #counted(what: "look" | "repair", act: () => Promise<State>): Promise<State> {
    const before = this.#clock.worked();
    try {
      return await act();
    } catch (error) {
      if (!this.#looked || !(error instanceof CloisterError)) throw error;
      const { diagnostics } = error;
      const retryMs = this.#repairs.failed(this.#watched.project, this.#clock.now());
      this.#conditions.set(degraded(this.#watched.project, { diagnostics, retryMs }));
      this.#ended = { held: [], warned: [], failed: diagnostics };
      return this.#resting();
    } finally {
      this.#agenda.spent(this.#clock.worked() - before, what);
    }
  }

  /**
   * What the kernel told of a few among many environments is found, repaired and told to be over by glances at those alone. Null: it takes a look at everything,
   * as there is something about them that is neither as wanted nor repaired.
   */
  async #glancing(heard: readonly string[], { isHeld, rests }: Leaving): Promise<State | null> {
    const glance = await this.#watched.glance(heard, isHeld);
    if (glance === null || glance.held.length + warnedOf(glance).length + glance.paused.length > 0) return null;
    if (glance.plan.changes.length > 0) {
      if (await this.#watched.isBusy()) return this.#later();
      this.#tellUnlike(unlikeOf(glance), glance, rests);
      return { type: "applying", look: glance, heard };
    }
    if (this.#conditions.of(heard).some(({ condition }) => condition !== "Synced")) return null;
    for (const name of heard) this.#conditions.clear("Synced", name);
    return { type: "waiting" };
  }

  /** Looks, which takes the events, and finds what is to be done. */
  async #observing(): Promise<State> {
    const now = this.#clock.now();
    const rests = (change: Change) => this.#repairs.isPaused(change, now);
    const asks = (change: Change) => change.hazard !== undefined || (!this.#wish.yes && ends(change));
    const isHeld = (change: Change) => !this.#wish.repair || asks(change) || rests(change) || isBlocked(change);
    const heard = this.#wish.repair && !this.#edited ? this.#agenda.takeHeard() : null;
    const glanced = heard === null ? null : await this.#glancing(heard, { isHeld, rests });
    if (glanced !== null) return glanced;
    this.#agenda.takeEvents();
    for (const address of this.#repairs.recovered(now)) this.#conditions.clear("Flapping", address);
    const look = await this.#watched.look(isHeld);
    this.#agenda.awaitUnused(this.#wish.repair && look.held.some(isBlocked));
    this.#watched.follow();
    this.#looked = true;
    if (this.#repairs.succeeded(this.#watched.project, now)) this.#conditions.clear("Degraded", this.#watched.project);
    const warned = warnedOf(look);
    const todo = look.plan.changes.length > 0;
    if (todo || this.#conditions.isNews([...look.held, ...warned])) {
      // Another run is in the middle of it: what it has not done yet is neither drift nor pending.
      if (await this.#watched.isBusy()) return this.#later();
    }
    this.#ended = { held: look.held, warned, failed: [] };
    this.#pausing(look.paused);
    this.#conditions.setRisky(this.#wish.repair ? look.held : []);
    if (!this.#agenda.isDirty() || todo) this.#tell(look, rests);
    if (todo) return { type: "applying", look };
    if (look.held.length > 0) return this.#resting();
    // Not everything that a manifest says changes something: what it says is applied all the same.
    if (this.#edited && this.#wish.repair && !(await this.#watched.note())) return this.#later();
    this.#edited = false;
    return this.#resting();
  }

  async #applying({ look, heard }: State & { readonly type: "applying" }): Promise<State> {
    const applied = await this.#watched.apply(look);
    if (applied.type === "busy") return this.#later();
    const now = this.#clock.now();
    // The observation that ends it, which takes what came meanwhile.
    this.#agenda.again(applied.failed.size > 0 ? undefined : heard);
    this.#ended = { ...this.#ended, failed: [...applied.failed.values()].flat() };
    for (const [name, diagnostics] of applied.failed) {
      const retryMs = this.#repairs.failed(name, now);
      this.#conditions.set(degraded(name, { diagnostics, retryMs }));
    }
    const isDone = (change: Change) => !applied.failed.has(ownerOf(change));
    for (const name of new Set(applied.changes.filter(isDone).map(ownerOf)))
      if (this.#repairs.succeeded(name, now)) this.#conditions.clear("Degraded", name);
    // What had come right by itself until the lock was taken has broken all the same; what was done and is undone already, too.
    for (const address of new Set(repaired([...look.plan.changes.filter(isDone), ...applied.changes]))) {
      const pauseMs = this.#edited ? null : this.#repairs.repaired(address, now);
      if (pauseMs !== null) this.#conditions.set(flapping(address, pauseMs));
    }
    if (applied.failed.size > 0) return this.#resting();
    // Only what the edit wanted is no repair: whatever differs from now on has come by itself.
    this.#edited = false;
    return { type: "waiting" };
  }

  /** There is nothing to do now; of a single look, that is the end. */
  #resting(): State {
    return { type: this.#wish.once ? "ended" : "waiting" };
  }

  #later(): State {
    this.#agenda.afterOthers();
    return { type: "waiting" };
  }

  /** Tells who is left alone, and sees to it that the first of them whose time is over is looked at then. */
  #pausing(pauses: readonly Pause[]): void {
    for (const pause of pauses) this.#conditions.set(paused(pause));
    const names = pauses.map(({ environment }) => environment);
    this.#conditions.clearOthers("Paused", names);
    const over = pauses.flatMap(({ until }) => (until === null ? [] : [Date.parse(until)]));
    this.#agenda.resumeAt(over.length === 0 ? null : Math.min(...over));
  }

  #tell(look: Look, rests: (change: Change) => boolean): void {
    const unlike = unlikeOf(look);
    this.#tellUnlike(unlike, look, rests);
    // Of what is left alone nothing new is known; what keeps breaking is not as wanted because it is so just now.
    const breaking = this.#conditions.named("Synced", "KeepsBreaking").filter((name) => this.#repairs.isAnyPaused(name, this.#clock.now()));
    const left = [...look.paused.map(({ environment }) => environment), ...breaking];
    this.#conditions.clearOthers("Synced", [...unlike.map(({ name }) => name), ...left]);
  }

  #tellUnlike(unlike: readonly Unlike[], look: Look, rests: (change: Change) => boolean): void {
    for (const { name, done, kept, warned } of unlike) {
      const refusals = look.refusals.filter(({ change }) => kept.includes(change));
      const diagnostics: readonly Diagnostic[] = refusals.flatMap((refusal) => refusal.diagnostics);
      const held = !this.#wish.repair ? "RepairOff" : diagnostics.length > 0 ? "Protected" : whyHeld(kept, rests);
      const reason = kept.length === 0 ? causeOf(done, this.#edited) : held;
      // That it failed has been told, and nothing else is known by now.
      if (reason === "KeepsBreaking" && this.#conditions.has("Degraded", name)) continue;
      this.#conditions.set(unsynced(name, { reason, changes: [...done, ...kept, ...warned], diagnostics }));
    }
  }
}
