import type { Change } from "./change.ts";
import type { ConditionName, StandingCondition } from "./condition.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Plan } from "./plan.ts";

/** What happened while a plan is carried out; the reporters (live, plain, json) are written against this union only. */
export type Event =
  | { readonly type: "apply-started"; readonly plan: Plan }
  /** All changes of one environment (or one shared root) begin; `total` steps. */
  | { readonly type: "environment-started"; readonly environment: string; readonly changes: readonly Change[]; readonly total: number }
  | {
      readonly type: "step-started";
      readonly environment: string;
      readonly title: string;
      readonly done: number;
      readonly total: number;
      readonly command: string;
    }
  /** How far a long step is: 0..1 where known, and what it is doing right now. */
  | {
      readonly type: "step-progress";
      readonly environment: string;
      readonly stage: string;
      readonly fraction: number | null;
      readonly detail: string;
    }
  | {
      readonly type: "step-finished";
      readonly environment: string;
      readonly title: string;
      readonly done: number;
      readonly total: number;
      readonly durationMs: number;
    }
  | {
      readonly type: "environment-finished";
      readonly environment: string;
      readonly changes: readonly Change[];
      readonly durationMs: number;
    }
  | {
      readonly type: "environment-failed";
      readonly environment: string;
      readonly done: number;
      readonly total: number;
      readonly diagnostics: readonly Diagnostic[];
    }
  /** Not begun, or not finished, because something it needs failed or the run was interrupted. */
  | { readonly type: "environment-skipped"; readonly environment: string; readonly reason: string }
  | { readonly type: "interrupted"; readonly signal: "SIGINT" | "SIGTERM" }
  | {
      readonly type: "apply-finished";
      readonly changed: number;
      readonly failed: number;
      readonly skipped: number;
      readonly durationMs: number;
    }
  | { readonly type: "warning"; readonly diagnostic: Diagnostic }
  /** A watch has begun to listen. */
  | { readonly type: "watch-started"; readonly project: string; readonly pid: number }
  | ({ readonly type: "condition" } & Condition)
  /** A watch ends; what it watched stays as it is. */
  | { readonly type: "watch-stopped"; readonly project: string };

/** How something stands that goes on for a while; told when it changes. */
export interface Condition extends StandingCondition {
  readonly condition: Extract<ConditionName, "Synced" | "Flapping" | "Degraded" | "ManifestInvalid" | "Paused">;
  /** Null: the manifest's own. */
  readonly environment: string | null;
  readonly status: boolean;
  readonly since: string;
  /** What is to be done, where something is not as wanted. */
  readonly changes: readonly Change[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Who is told; one of live, plain or json. */
export interface Reporter {
  report(event: Event): void;
  /** Gives the terminal back; no event follows. */
  close(): Promise<void>;
}
