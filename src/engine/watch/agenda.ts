import type { Clock } from "./clock.ts";

/** What wakes a watch. `resync`: somebody wishes that everything is looked at. */
export type Sign = "files" | "kernel" | "resync";

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

/** How often everything is looked at where nobody says it: not so often that it takes more than one part in `resyncShare` of a processor. */
const [leastIntervalMs, mostIntervalMs, resyncShare] = [30_000, 300_000, 400];

/** What the kernel tells may take one part in `eventShare` of a processor, but for the work of `eventBurstMs` in a row: whoever inside makes events without end is heard later. */
const [eventShare, eventBurstMs] = [12, 750];

/** When a watch has what to do. All times are those of its clock, in ms; null: never. */
export class Agenda {
  readonly #clock: Clock;
  readonly #intervalMs: number | null;
  #filesDue: number | null = null;
  #filesSince = 0;
  #kernelDue: number | null = null;
  /** Of whom the kernel has told something since; null: of nobody knows whom. */
  #heard: Set<string> | null = new Set();
  /** Before that time, what the kernel tells is left for later. */
  #restsUntil = -Infinity;
  /** When to look, whatever was heard. */
  #lookDue: number | null = 0;
  /** When to look at those of whom was heard, whatever else the kernel told. */
  #glanceDue: number | null = null;
  #inUseDue: number | null = null;
  #resumeDue: number | null = null;
  #resynced: number;
  #resyncDue: number | null = null;
  /** What is done now is done because the kernel told of something. */
  #isHeeding = false;
  /** Processor time that the last look took. */
  #lookMs = 0;

  constructor(clock: Clock, intervalMs: number | null) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#resynced = clock.now();
  }

  /** Something may have happened; where the kernel tells of it, to that environment. */
  notice(sign: Sign, environment?: string): void {
    const now = this.#clock.now();
    if (sign === "kernel") {
      this.#kernelDue ??= now + kernelQuietMs;
      this.#heard = environment === undefined ? null : (this.#heard?.add(environment) ?? null);
    }
    if (sign === "resync") this.#resyncDue = now;
    if (sign === "files") {
      if (this.#filesDue === null) this.#filesSince = now;
      this.#filesDue = Math.min(now + filesQuietMs, this.#filesSince + filesMostMs);
    }
  }

  /** The first moment at which something is due. */
  next(): number {
    const kernel = this.#kernelDue === null ? Infinity : Math.max(this.#kernelDue, this.#restsUntil);
    const others = [this.#filesDue, this.#lookDue, this.#glanceDue, this.#inUseDue, this.#resumeDue].map((due) => due ?? Infinity);
    return Math.min(kernel, this.#nextResync(), ...others);
  }

  /** Begins what is due now: whether the files are to be read. Those that are just being written are not, because something else happened meanwhile. */
  takeFiles(): boolean {
    const now = this.#clock.now();
    // What follows from a look is of the same cause.
    const follows = this.#lookDue !== null || this.#glanceDue !== null;
    this.#isHeeding = this.#kernelDue !== null || (follows && this.#isHeeding);
    const all = this.#nextResync() <= now;
    if (all) {
      this.#resynced = now;
      this.#resyncDue = null;
    }
    if (!all && (this.#filesDue ?? Infinity) > now) return false;
    this.#filesDue = null;
    return true;
  }

  /** Takes what the kernel has told, where nothing else is due: of whom; else null, and nothing is taken. */
  takeHeard(): readonly string[] | null {
    const now = this.#clock.now();
    const heard = this.#heard;
    const others = [this.#filesDue, this.#lookDue, this.#inUseDue, this.#resumeDue].some((due) => (due ?? Infinity) <= now);
    if (heard === null || heard.size === 0 || others || this.#nextResync() <= now) return null;
    this.#forgetHeard();
    return [...heard];
  }

  /** Everything is looked at now: what came until now is done with it, and what is to be awaited is found anew. */
  takeEvents(): void {
    this.#forgetHeard();
    this.#lookDue = null;
    this.#inUseDue = null;
    this.#resumeDue = null;
  }

  /** Whether something came since then. */
  isDirty(): boolean {
    return this.#kernelDue !== null || this.#lookDue !== null || this.#glanceDue !== null;
  }

  /** So much processor time was used for a look at everything, or else, as to repair. */
  spent(workMs: number, what: "look" | "repair"): void {
    const now = this.#clock.now();
    if (what === "look") this.#lookMs = workMs;
    if (!this.#isHeeding) return;
    this.#restsUntil = Math.max(this.#restsUntil, now - eventBurstMs * eventShare) + workMs * eventShare;
  }

  #forgetHeard(): void {
    this.#kernelDue = null;
    this.#glanceDue = null;
    this.#heard = new Set();
  }

  /** Looks at once: at these environments, or at everything. */
  again(environments?: readonly string[]): void {
    const heard = this.#heard;
    if (environments === undefined || heard === null) {
      this.#lookDue = this.#clock.now();
      return;
    }
    for (const name of environments) heard.add(name);
    this.#glanceDue = this.#clock.now();
  }

  /** Looks when the run that has the lock may be done. */
  afterOthers(): void {
    this.#lookDue = this.#clock.now() + busyMs;
  }

  /** The manifest cannot be read. */
  retryFiles(): void {
    this.#resyncDue = Math.min(this.#nextResync(), this.#clock.now() + brokenMs);
  }

  /** Whether a mount that is to go is in use: that a process is done with it is nobody's event. */
  awaitUnused(isInUse: boolean): void {
    this.#inUseDue = isInUse ? this.#clock.now() + inUseMs : null;
  }

  /** When the first pause ends, as the wall shows it; null: none does by itself. */
  resumeAt(wall: number | null): void {
    this.#resumeDue = wall === null ? null : this.#clock.now() + Math.max(0, wall - this.#clock.wall());
  }

  #nextResync(): number {
    const intervalMs = this.#intervalMs ?? Math.min(mostIntervalMs, Math.max(leastIntervalMs, this.#lookMs * resyncShare));
    return Math.min(this.#resyncDue ?? Infinity, this.#resynced + intervalMs);
  }
}
