import { apply, sweep } from "../engine/apply.ts";
import { claimed } from "../engine/claimed.ts";
import { failpointOf } from "../engine/failpoint.ts";
import type { Planned, Request } from "../engine/planned.ts";
import { checkBeforehand } from "../engine/planned.ts";
import type { Change } from "../model/change.ts";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError, diagnosticCodes } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Event } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import { busyDiagnostics, isAmong, isBlocked } from "../plan/busy.ts";
import { formatStep } from "../plan/format-step.ts";
import { holdBack } from "../plan/hold-back.ts";
import { applicationOf } from "./application.ts";
import type { Engine, WatchWish } from "./engine.ts";
import { interruption } from "./interruption.ts";
import type { Ended } from "./note-applied.ts";
import { endedOf, isNews, noteApplied, partlyDone, undoneIn } from "./note-applied.ts";
import { movePauses } from "./pauses.ts";
import { Planning } from "./planning-engine.ts";
import { isLeft, leaveProject, requireMachine } from "./project-places.ts";
import { stays } from "./resets.ts";
import { refuseProtected, refuseUnseen } from "./shown-plan.ts";
import { liftStops, moveStops } from "./stops.ts";
import { foundOf } from "./subject.ts";

/** What may be done, and what of it is not because something is in use. */
interface Granted {
  readonly request: Request;
  readonly planned: Planned;
  readonly blocked: readonly Change[];
}

interface Carrying {
  readonly report: (event: Event) => void;
  readonly interrupted: () => boolean;
  readonly beganMs: number;
}

/** The engine as the verbs use it: plans, and carries out what it has planned. */
export class Wired extends Planning implements Engine {
  readonly formatStep = formatStep;

  async carryOut(shown: Plan, report: (event: Event) => void): Promise<number> {
    const { directories, engine } = this.wiring;
    const { prepared, held } = this;
    if (prepared === null) throw new Error("carryOut without a plan");
    if (shown.changes.length === 0) {
      report({ type: "apply-started", plan: shown });
      report({ type: "apply-finished", changed: 0, failed: 0, skipped: 0, durationMs: 0 });
      await this.note();
      return 0;
    }
    const beganMs = monotonicMs();
    const lock = held ?? (await this.lock());
    const interrupt = interruption(report);
    try {
      const whole = held === null ? await claimed(engine, prepared.remake) : prepared.made;
      const { plan, held: blocked } = holdBack(whole.plan, isBlocked);
      const planned = { ...whole, plan };
      refuseUnseen(shown, plan);
      refuseProtected(plan);
      if (plan.changes.some(({ action }) => action !== "destroy")) requireMachine(directories);
      checkBeforehand(engine, prepared.request, planned);
      this.#lift();
      return await this.#apply({ request: prepared.request, planned, blocked }, { report, interrupted: interrupt.happened, beganMs });
    } finally {
      interrupt.forget();
      engine.host.releaseRanges();
      await leaveProject(directories, this.project, lock);
    }
  }

  /** Under the lock; notes how it ended. Returns the exit code; throws what is left to be done, and what was not done as something is in use. */
  async #apply({ request, planned, blocked }: Granted, { report, interrupted, beganMs }: Carrying): Promise<number> {
    const { engine } = this.wiring;
    const failpoint = failpointOf(planned.plan.groups);
    const hold = (change: Change) => request.hold?.(change) === true || isBlocked(change) || isAmong(blocked, change);
    const result = await apply(engine, { ...request, hold }, { planned, how: applicationOf({ report, failpoint, interrupted }) });
    const unfinished = [...result.failed, ...result.skipped];
    if (unfinished.length > 0) await sweep(engine, request, unfinished);
    const busy = busyDiagnostics(blocked);
    const first = result.left[0] ?? result.diagnostics[0] ?? busy[0];
    const exitCode = interrupted() ? 130 : first === undefined ? 0 : diagnosticCodes[first.code].exit;
    await failpoint("before", "note");
    if (this.verb !== "build" && request.hold !== stays) {
      const ended = this.#ended(request, planned.plan, { result, held: blocked });
      this.#noteApplied({ ...ended, exitCode, durationMs: monotonicMs() - beganMs });
    }
    await failpoint("after", "note");
    if (result.left.length > 0) throw new CloisterError(result.left);
    if (busy.length > 0 && !interrupted()) throw new CloisterError(busy);
    return exitCode;
  }

  #lift(): void {
    for (const name of this.lifted) liftStops(this.wiring.intents, name, null);
  }

  async note(): Promise<void> {
    const { directories, engine, record } = this.wiring;
    this.#lift();
    if (this.prepared === null || this.verb === "build" || this.verb === "reset") return;
    const { request, made } = this.prepared;
    const nothing = { ...made.plan, groups: [], changes: [] };
    const ended = this.#ended(request, nothing, { result: { changed: [], failed: [], skipped: [] }, held: [] });
    if (!isNews(record, ended) && !(this.verb === "destroy" && isLeft(directories, this.project))) return;
    const lock = this.held ?? (await this.lock());
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
    const own = [...held, ...this.seen.held];
    const apart = undoneIn(plan, { ...this.seen, held: [] });
    const changed = result.changed.filter((name) => !apart.includes(name));
    const partly = partlyDone(engine.kinds.resources, { held: own, changed, manifest, last: this.lastApplied().generation });
    const skipped = [...result.skipped, ...undoneIn(plan, { ...this.seen, held: own })];
    return endedOf({ verb: this.verb, manifest, plan, request, result: { ...result, skipped }, found, partly });
  }

  async watch(wish: WatchWish, report: (event: Event) => void): Promise<number> {
    const { runWatch } = await import("./run-watch.ts");
    const open = (edited: Manifest) => new Wired({ ...this.wiring, manifest: edited });
    return runWatch({ ...this.wiring, wish, report, open, host: this.wiring.engine.host });
  }
}
