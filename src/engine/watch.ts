import type { Change } from "../model/change.ts";
import type { Pause } from "../model/condition.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Event } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { isBlocked } from "../plan/busy.ts";
import type { Refusal } from "../plan/protect.ts";
import type { Clock } from "./watch/clock.ts";
import { systemClock } from "./watch/clock.ts";
import type { Unsynced } from "./watch/conditions.ts";
import { Conditions, degraded, flapping, invalid, paused, unsynced } from "./watch/conditions.ts";
import { Repairs } from "./watch/repairs.ts";

/** What wakes a watch. `resync`: somebody wishes that everything is looked at. */
export type Sign = "files" | "kernel" | "resync" | "stop";

/** What was found when the manifest's files were read again; `same` by their bytes. */
export type Reloaded = { readonly type: "same" | "changed" } | { readonly type: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/** want x have, without what is held back, and without anything of environments that are paused; of what is held, what a lifecycle forbids. */
export interface Look {
  readonly plan: Plan;
  readonly held: readonly Change[];
  readonly paused: readonly Pause[];
  readonly refusals: readonly Refusal[];
}

/** How an apply ended: what was changed, which groups failed and why; or that another run has the lock. */
export type Applied =
  | { readonly type: "busy" }
  | {
      readonly type: "done";
      readonly changes: readonly Change[];
      readonly failed: ReadonlyMap<string, readonly Diagnostic[]>;
    };

/** What a watch works with: the manifest's files, the engine under its locks, and what it listens by. */
export interface Watched {
  readonly project: string;
  reload(): Reloaded;
  look(isHeld: (change: Change) => boolean): Promise<Look>;
  /** Takes the project's lock, plans again with what the last look held back, carries that out and lets the lock go. */
  apply(look: Look): Promise<Applied>;
  /** Notes that what the manifest says is applied, where that is news though nothing had to be changed for it. False: another run has the lock. */
  note(): Promise<boolean>;
  /** The number of what was last applied; null: not known. */
  generation(): number | null;
  /** Whether another run is changing the project right now: what is seen then is half done. */
  isBusy(): Promise<boolean>;
  /** Listens to the files and environments of the last look from now on. */
  follow(): void;
}

/** How a watch is wished for. */
export interface Wish {
  /** One look, one apply, and the end. */
  readonly once: boolean;
  readonly repair: boolean;
  /** Whether what recreates, restarts or destroys is done too. */
  readonly yes: boolean;
  readonly intervalMs: number;
}

/** How it stood at the end. */
export interface Ended {
  readonly held: readonly Change[];
  /** What has drifted and is only to be told. */
  readonly warned: readonly Change[];
  readonly failed: readonly Diagnostic[];
}

/** Files are read when nothing has happened to them for so long, so that one burst is one change, but not later than `filesMostMs` after its begin. */
const filesQuietMs = 25;
const filesMostMs = 500;
/** An umount and what follows it are one event. */
const kernelQuietMs = 4;
/** When to look again while another run has the project's lock. */
const busyMs = 200;
/** When to look again for whether what is to be unmounted is still in use. */
const inUseMs = 5_000;
/** How soon a manifest that cannot be read is read again: its directory may be gone, and with it what tells of its return. */
const brokenMs = 1_000;

/**
 * Keeps environments as their manifest says until it is told to stop. Events say only *that* something may have happened; what is done follows from
 * looking, so that one that was missed, doubled or late costs time and nothing else.
 *
 *                   event, interval, end of a pause: dirty
 *                   │
 *                   ▼    quiet for
 *             ┌─────────┐ 4 or 25 ms ┌─────────┐          ┌───────────┐
 *        ────►│ waiting │───────────►│ reading │─────────►│ observing │  clears the dirt
 *             └─────────┘            └─────────┘          └───────────┘
 *                ▲  ▲   nothing to do, or another run has    │     │
 *                │  └────── the lock (again in 200 ms) ──────┘     │ something to do
 *                │                                                 ▼
 *                │   dirty, once, whatever came meanwhile:   ┌──────────┐
 *                └────── the observation that ends it ───────│ applying │
 *                                                            └──────────┘
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
  /** When dirt is looked at; null: clean. */
  #kernelDue: number | null = 0;
  #filesDue: number | null = null;
  #filesSince = 0;
  /** When to look again at what was in use; null: nothing was. */
  #inUseDue: number | null = null;
  #resyncDue: number;
  #stopped = false;
  #looked = false;
  #wake: () => void = () => undefined;
  /** The manifest has changed since everything was last as wanted: what is done now is no repair. */
  #edited = true;
  #ended: Ended = { held: [], warned: [], failed: [] };
  /** When the first of the pauses is over; null: there is none that ends by itself. */
  #resumeDue: number | null = null;

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
    this.#resyncDue = clock.now() + wish.intervalMs;
  }

  /** Something may have happened. May be called at any time. */
  notice(sign: Sign): void {
    const now = this.#clock.now();
    if (sign === "stop") this.#stopped = true;
    if (sign === "kernel") this.#kernelDue ??= now + kernelQuietMs;
    if (sign === "resync") this.#resyncDue = now;
    if (sign === "files") {
      if (this.#filesDue === null) this.#filesSince = now;
      this.#filesDue = Math.min(now + filesQuietMs, this.#filesSince + filesMostMs);
    }
    this.#wake();
  }

  /** Runs until it is stopped, or once. */
  async run(): Promise<Ended> {
    this.#report({ type: "watch-started", project: this.#watched.project, pid: process.pid });
    while (!this.#stopped) {
      await this.#waiting();
      if (this.#stopped) break;
      this.#reading();
      const applied = await this.#surely();
      if (this.#wish.once && !applied) break;
    }
    this.#report({ type: "watch-stopped", project: this.#watched.project });
    return this.#ended;
  }

  /** Until something is due. The timer is only a way to wake: what is due is told by the clock, also after the process was stopped for a while. */
  async #waiting(): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const due = Math.min(
        this.#resyncDue,
        this.#kernelDue ?? Infinity,
        this.#filesDue ?? Infinity,
        this.#resumeDue ?? Infinity,
        this.#inUseDue ?? Infinity,
        this.#wish.repair ? (this.#repairs.nextTry(now) ?? Infinity) : Infinity,
      );
      if (this.#stopped || due <= now) return;
      await new Promise<void>((done) => {
        const forget = this.#clock.after(due - now, done);
        this.#wake = () => {
          forget();
          done();
        };
      });
      this.#wake = () => undefined;
      // The end of a pause is nobody's event.
      if (this.#clock.now() >= due && due !== this.#filesDue) this.#kernelDue ??= due;
    }
  }

  /** Files that are just being written are not read because something else happened meanwhile. */
  #reading(): void {
    const now = this.#clock.now();
    const all = this.#resyncDue <= now;
    if (all) this.#resyncDue = now + this.#wish.intervalMs;
    if (!all && (this.#filesDue ?? Infinity) > now) return;
    this.#filesDue = null;
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
        this.#resyncDue = Math.min(this.#resyncDue, now + brokenMs);
        break;
    }
  }

  /** What cannot even be looked at is a failure of the project's, tried again later; at the start there is nobody to wait for. */
  async #surely(): Promise<boolean> {
    try {
      const did = await this.#observing();
      this.#looked = true;
      if (this.#repairs.succeeded(this.#watched.project)) this.#conditions.clear("Degraded", this.#watched.project);
      return did;
    } catch (error) {
      if (!this.#looked || !(error instanceof CloisterError)) throw error;
      const { diagnostics } = error;
      const retryMs = this.#repairs.failed(this.#watched.project, this.#clock.now());
      this.#conditions.set(degraded(this.#watched.project, { diagnostics, retryMs }));
      this.#ended = { held: [], warned: [], failed: diagnostics };
      return false;
    }
  }

  /** Looks, clears the dirt, and does what is to be done. Returns whether something was. */
  async #observing(): Promise<boolean> {
    const now = this.#clock.now();
    this.#kernelDue = null;
    for (const address of this.#repairs.recovered(now)) this.#conditions.clear("Flapping", address);
    const rests = (change: Change) => !this.#edited && this.#repairs.isPaused(change, now);
    const asks = (change: Change) => change.hazard !== undefined || (!this.#wish.yes && ends(change));
    const look = await this.#watched.look((change) => !this.#wish.repair || asks(change) || rests(change) || isBlocked(change));
    // That a process is done with a mount is nobody's event.
    this.#inUseDue = this.#wish.repair && look.held.some(isBlocked) ? now + inUseMs : null;
    this.#watched.follow();
    const warned = warnedOf(look);
    const todo = look.plan.changes.length > 0;
    if (todo || this.#conditions.isNews([...look.held, ...warned])) {
      // Another run is in the middle of it: what it has not done yet is neither drift nor pending.
      if (await this.#watched.isBusy()) return this.#later();
    }
    this.#ended = { held: look.held, warned, failed: [] };
    this.#pausing(look.paused);
    this.#conditions.setRisky(this.#wish.repair ? look.held : []);
    if (this.#kernelDue === null || todo) this.#tell(look, rests);
    if (todo) return this.#applying(look);
    if (look.held.length > 0) return false;
    // Not everything that a manifest says changes something: what it says is applied all the same.
    if (this.#edited && this.#wish.repair && !(await this.#watched.note())) return this.#later();
    this.#edited = false;
    return false;
  }

  async #applying(look: Look): Promise<boolean> {
    const applied = await this.#watched.apply(look);
    if (applied.type === "busy") return this.#later();
    const now = this.#clock.now();
    // The observation that ends it, which clears what came meanwhile.
    this.#kernelDue = now;
    this.#ended = { ...this.#ended, failed: [...applied.failed.values()].flat() };
    for (const [name, diagnostics] of applied.failed) {
      const retryMs = this.#repairs.failed(name, now);
      this.#conditions.set(degraded(name, { diagnostics, retryMs }));
    }
    for (const name of new Set(applied.changes.map(({ environment, address }) => environment ?? address)))
      if (this.#repairs.succeeded(name)) this.#conditions.clear("Degraded", name);
    for (const address of repaired(applied.changes)) {
      const pauseMs = this.#edited ? null : this.#repairs.repaired(address, now);
      if (pauseMs !== null) this.#conditions.set(flapping(address, pauseMs));
    }
    // Only what the edit wanted is no repair: whatever differs from now on has come by itself.
    if (applied.failed.size === 0) this.#edited = false;
    return applied.failed.size === 0;
  }

  /** Tells who is left alone, and sees to it that the first of them whose time is over is looked at then. */
  #pausing(pauses: readonly Pause[]): void {
    for (const pause of pauses) this.#conditions.set(paused(pause));
    this.#conditions.clearOthers(
      "Paused",
      pauses.map(({ environment }) => environment),
    );
    const ends = pauses.flatMap(({ until }) => (until === null ? [] : [Date.parse(until)]));
    this.#resumeDue = ends.length === 0 ? null : this.#clock.now() + Math.max(0, Math.min(...ends) - this.#clock.wall());
  }

  #later(): true {
    this.#kernelDue = this.#clock.now() + busyMs;
    return true;
  }

  #tell(look: Look, rests: (change: Change) => boolean): void {
    const { plan, held, refusals } = look;
    const warned = warnedOf(look);
    const names = [...new Set([...plan.changes, ...held, ...warned].map(({ environment, address }) => environment ?? address))];
    for (const name of names) {
      const of = (changes: readonly Change[]) => changes.filter(({ environment, address }) => (environment ?? address) === name);
      const [kept, done] = [of(held), of(plan.changes)];
      const cause = done.length === 0 ? "Warned" : this.#causeOf(done);
      const diagnostics = refusals.filter(({ change }) => kept.includes(change)).flatMap((refusal) => refusal.diagnostics);
      const reason = kept.length === 0 ? cause : this.#whyHeld(kept, { rests, isProtected: diagnostics.length > 0 });
      // That it failed has been told, and nothing else is known by now.
      if (reason === "KeepsBreaking" && this.#conditions.has("Degraded", name)) continue;
      this.#conditions.set(unsynced(name, { reason, changes: [...done, ...kept, ...of(warned)], diagnostics }));
    }
    // Of what is left alone nothing new is known.
    this.#conditions.clearOthers("Synced", [...names, ...look.paused.map(({ environment }) => environment)]);
  }

  #whyHeld(
    kept: readonly Change[],
    { rests, isProtected }: { readonly rests: (change: Change) => boolean; readonly isProtected: boolean },
  ): Unsynced {
    if (!this.#wish.repair) return "RepairOff";
    if (isProtected) return "Protected";
    const active = kept.filter((change) => !rests(change) && !isBlocked(change));
    if (active.length > 0) return active.every(({ hazard }) => hazard !== undefined) ? "Refused" : "NeedsRestart";
    return kept.some(isBlocked) ? "InUse" : "KeepsBreaking";
  }

  /** What is known of where changes come from goes before what is likely. */
  #causeOf(changes: readonly Change[]): "Edited" | "Drifted" {
    if (changes.some(({ origin }) => origin === "pending")) return "Edited";
    return changes.every(({ origin }) => origin === "drift") ? "Drifted" : this.#edited ? "Edited" : "Drifted";
  }
}

function warnedOf({ plan }: Look): readonly Change[] {
  return (plan.left ?? []).filter(({ policy }) => policy === "warn").map(({ change }) => change);
}

/** Whether something that runs ends by it. A process that is dead already is started anew without a question. */
function ends({ action, pids, address, environment }: Change): boolean {
  if (action === "recreate") return true;
  return (action === "destroy" || action === "restart-process") && (pids.length > 0 || address === environment);
}

/** What a repair is counted by: each address; of a start, the environment. */
function repaired(changes: readonly Change[]): readonly string[] {
  const started = new Set(
    changes.flatMap(({ steps, environment }) => (steps.some(({ type }) => type === "hold") ? (environment ?? []) : [])),
  );
  const addresses = changes.filter(({ environment }) => environment === null || !started.has(environment)).map(({ address }) => address);
  return [...started, ...addresses];
}
