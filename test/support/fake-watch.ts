import type { Clock } from "../../src/engine/watch/clock.ts";
import type { Applied, Ended, Reloaded, Watched, Wish } from "../../src/engine/watch/watched.ts";
import { Watch } from "../../src/engine/watch.ts";
import type { Action, Change } from "../../src/model/change.ts";
import type { Pause } from "../../src/model/condition.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { Event } from "../../src/model/event.ts";
import type { Left, Plan } from "../../src/model/plan.ts";
import { holdBack } from "../../src/plan/hold-back.ts";

/** A clock that goes on only when it is told to. */
export class FakeClock implements Clock {
  #now = 0;
  /** Processor time that was used so far. */
  used = 0;
  #timers: { readonly at: number; readonly act: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return Date.UTC(2026, 0, 2) + this.#now;
  }

  worked(): number {
    return this.used;
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { at: this.#now + delayMs, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets everything that is due happen, each at its time, and whatever follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
      await settled();
    }
    this.#now = until;
  }

  /** As SIGSTOP and SIGCONT: time went by, and no timer had its turn. */
  leap(ms: number): void {
    this.#now += ms;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** A project whose manifest is a word and whose kernel is a list of what is not as wanted. */
export class FakeProject implements Watched {
  readonly project = "blog";
  /** What is not as wanted right now. */
  wrong: Change[] = [];
  file: Reloaded = { type: "same" };
  /** What has drifted and is left. */
  left: readonly Left[] = [];
  paused: readonly Pause[] = [];
  notes = 0;
  busy = false;
  fails: readonly Diagnostic[] | null = null;
  /** What fails was done before, and has broken again meanwhile. */
  undone = false;
  /** What was wrong is right again when the lock is taken. */
  mended = false;
  /** Addresses of what a lifecycle forbids. */
  protects: readonly string[] = [];
  looks = 0;
  /** Of whom, each time; it is one of many environments where `many`. */
  glances: (readonly string[])[] = [];
  many = false;
  reloads = 0;
  applies: string[][] = [];
  /** Called in the middle of each apply. */
  during: () => void = () => undefined;

  reload(): Reloaded {
    this.reloads += 1;
    const read = this.file;
    if (read.type === "changed") this.file = { type: "same" };
    return read;
  }

  look(isHeld: (change: Change) => boolean) {
    this.looks += 1;
    return this.#seen(isHeld);
  }

  async glance(environments: readonly string[], isHeld: (change: Change) => boolean) {
    if (!this.many) return null;
    this.glances.push(environments);
    return this.#seen(isHeld);
  }

  #seen(isHeld: (change: Change) => boolean) {
    const changes = [...this.wrong];
    const groups = changes.length === 0 ? [] : [{ name: "web", changes, after: [] }];
    const plan: Plan = { project: "blog", groups, changes, warnings: [], environments: [], left: this.left };
    const isProtected = (one: Change) => this.protects.includes(one.address);
    const { plan: kept, held } = holdBack(plan, (one) => isHeld(one) || isProtected(one));
    const refusals = held.filter(isProtected).map((one) => ({ change: one, diagnostics: [protectedBy(one)] }));
    return Promise.resolve({ plan: kept, held, refusals, paused: this.paused });
  }

  note(): Promise<boolean> {
    this.notes += 1;
    return Promise.resolve(!this.busy);
  }

  generation(): number | null {
    return 7;
  }

  async apply({ plan }: { readonly plan: Plan }): Promise<Applied> {
    if (this.busy) return { type: "busy" };
    this.applies.push(plan.changes.map(({ address }) => address));
    await Promise.resolve();
    this.during();
    const failed = this.fails === null ? new Map() : new Map([["web", this.fails]]);
    if (this.fails !== null && !this.undone) return { type: "done", changes: [], failed };
    this.wrong = this.wrong.filter((one) => !plan.changes.includes(one));
    // As the command line has it: not the same objects.
    return { type: "done", changes: this.mended ? [] : plan.changes.map((one) => ({ ...one })), failed };
  }

  isBusy(): Promise<boolean> {
    return Promise.resolve(this.busy);
  }

  follow(): void {}
}

function protectedBy({ address }: Change): Diagnostic {
  return { code: "plan/protected", severity: "error", message: `${address} is protected` };
}

/** One change of `web`; the path "" is the environment itself. */
export function change(
  path: string,
  { action = "update", pids = [] }: { readonly action?: Action; readonly pids?: readonly number[] } = {},
): Change {
  const address = path === "" ? "web" : `web.${path}`;
  const rest = { description: "", differences: [], liveUpdate: "in-place", steps: [] } as const;
  return { address, environment: "web", resource: "mounts", action, pids, ...rest };
}

/** A watch that runs, and what it told. */
export interface Story {
  readonly clock: FakeClock;
  readonly project: FakeProject;
  readonly watch: Watch;
  /** What was told: `Synced false Drifted` ... */
  readonly told: string[];
  readonly events: Event[];
  readonly ended: Promise<Ended>;
}

/** Starts a watch on a project that is as wanted, and lets its first look pass. */
export async function beginWatch(wish: Partial<Wish> = {}, project = new FakeProject()): Promise<Story> {
  const clock = new FakeClock();
  const told: string[] = [];
  const events: Event[] = [];
  const report = (event: Event) => {
    events.push(event);
    if (event.type === "condition") told.push(`${event.environment}: ${event.condition} ${event.status} ${event.reason}`);
  };
  const watch = new Watch(project, { once: false, repair: true, yes: false, intervalMs: 30_000, ...wish }, { report, clock });
  const ended = watch.run();
  await clock.advance(0);
  return { clock, project, watch, told, events, ended };
}
