import type { Change } from "../../model/change.ts";
import type { Pause } from "../../model/condition.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Plan } from "../../model/plan.ts";
import type { Refusal } from "../../plan/protect.ts";

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
  /** As `look`, at these environments alone, and listens to them as they are now; null where only a look at everything would do, or takes no longer. */
  glance(environments: readonly string[], isHeld: (change: Change) => boolean): Promise<Look | null>;
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
  /** How often everything is looked at; null: as often as costs next to nothing. */
  readonly intervalMs: number | null;
}

/** How it stood at the end. */
export interface Ended {
  readonly held: readonly Change[];
  /** What has drifted and is only to be told. */
  readonly warned: readonly Change[];
  readonly failed: readonly Diagnostic[];
}
