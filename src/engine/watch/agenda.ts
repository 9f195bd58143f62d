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
const [eventShare, eventBurstMs] = [12, 500];

/** When a watch has what to do. All times are those of its clock, in ms; null: never. */
export class Agenda {
  readonly #clock: Clock;
  readonly #intervalMs: number | null;
  #filesDue: number | null = null;
  #filesSince = 0;
  #kernelDue: number | null = null;
  /** Before that time, what the kernel tells is left for later. */
  #restsUntil = -Infinity;
  /** When to look, whatever was heard. */
  #lookDue: number | null = 0;
  #inUseDue: number | null = null;
  #resumeDue: number | null = null;
  #resynced: number;
  #resyncDue: number | null = null;
  /** Processor time that the last look took. */
  #lookMs = 0;

  constructor(clock: Clock, intervalMs: number | null) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#resynced = clock.now();
  }

  /** Something may have happened. */
  notice(sign: Sign): void {
    const now = this.#clock.now();
    if (sign === "kernel") this.#kernelDue ??= now + kernelQuietMs;
    if (sign === "resync") this.#resyncDue = now;
    if (sign === "files") {
      if (this.#filesDue === null) this.#filesSince = now;
      this.#filesDue = Math.min(now + filesQuietMs, this.#filesSince + filesMostMs);
    }
  }

  /** The first moment at which something is due. */
  next(): number {
    const kernel = this.#kernelDue === null ? Infinity : Math.max(this.#kernelDue, this.#restsUntil);
    const others = [this.#filesDue, this.#lookDue, this.#inUseDue, this.#resumeDue].map((due) => due ?? Infinity);
    return Math.min(kernel, this.#nextResync(), ...others);
  }

  /** Whether the files are to be read now. Those that are just being written are not, because something else happened meanwhile. */
  takeFiles(): boolean {
    const now = this.#clock.now();
    const all = this.#nextResync() <= now;
    if (all) {
      this.#resynced = now;
      this.#resyncDue = null;
    }
    if (!all && (this.#filesDue ?? Infinity) > now) return false;
    this.#filesDue = null;
    return true;
  }

  /** Everything is looked at now: what came until now is done with it, and what is to be awaited is found anew. */
  takeEvents(): void {
    this.#kernelDue = null;
    this.#lookDue = null;
    this.#inUseDue = null;
    this.#resumeDue = null;
  }

  /** Whether something came since then. */
  isDirty(): boolean {
    return this.#kernelDue !== null || this.#lookDue !== null;
  }

  /** So much processor time was used for a look, or to repair. */
  spent(workMs: number, what: "look" | "repair"): void {
    const now = this.#clock.now();
    if (what === "look") this.#lookMs = workMs;
    this.#restsUntil = Math.max(this.#restsUntil, now - eventBurstMs * eventShare) + workMs * eventShare;
  }

  /** Looks at once. */
  again(): void {
    this.#lookDue = this.#clock.now();
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
