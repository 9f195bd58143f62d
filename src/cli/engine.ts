import type { Diagnostic } from "../model/diagnostic.ts";
import type { Event } from "../model/event.ts";
import type { Plan } from "../model/plan.ts";
import type { Step } from "../model/step.ts";
import type { EnvironmentRate } from "../model/usage.ts";
import type { DriftReport } from "../ui/render-drift.ts";
import type { StatusReport } from "../ui/status-json.ts";
import type { AttachWish } from "./attach-process.ts";
import type { Context } from "./context.ts";
import type { Copying } from "./copy-inside.ts";
import type { DetachKeys } from "./detach-keys.ts";
import type { UsageWish } from "./follow-usage.ts";
import type { LogEncoding } from "./log-reader.ts";
import type { SavedPlan } from "./saved-plan.ts";

/** What is to be run inside an environment, and how. */
export interface Execution {
  readonly environment: string;
  /** Empty: a shell of the user's. */
  readonly command: readonly string[];
  readonly user: string | null;
  readonly workingDir: string | null;
  readonly variables: Readonly<Record<string, string>>;
  /** A terminal of its own, of the caller's size. */
  readonly terminal: boolean;
  /** What is typed on it to leave the command running; absent, or null: nothing. */
  readonly detachKeys?: DetachKeys | null;
}

/** Which lines of a log are wanted. */
export interface LogWish {
  /** `ENVIRONMENT` or `ENVIRONMENT/PROCESS`, each. */
  readonly operands: readonly string[];
  readonly follow: boolean;
  /** Only the last so many lines of each; null: all. */
  readonly tail: number | null;
  /** Only what came from then on, and until then: milliseconds since 1970; null: all. */
  readonly since: number | null;
  readonly until: number | null;
  readonly encoding: LogEncoding;
  /** Each line with the time when it came. */
  readonly times: boolean;
  /** Each line as one of JSON. */
  readonly json: boolean;
  /** Ends what follows, without a signal. */
  readonly ends?: AbortSignal;
}

/** How a plan is wished for. */
export interface PlanWish {
  /** What runs and is not in the manifest is to end. */
  readonly prune: boolean;
  /** It is to be carried out. */
  readonly lock?: boolean;
  /** Addresses of drift that is left as it is. */
  readonly ignore?: readonly string[];
  /** What takes a restart is held. */
  readonly noRestart?: boolean;
  /** Environments whose lifecycle does not count this time. */
  readonly forced?: readonly string[];
  /** Mounts in use are detached. */
  readonly lazy?: boolean;
  /** Also what endangers processes that are to go on. */
  readonly risk?: boolean;
  /** A start that fails is kept half made. */
  readonly keepFailed?: boolean;
}

/** How a watch is wished for. */
export interface WatchWish {
  readonly environments: readonly string[];
  readonly once: boolean;
  readonly repair: boolean;
  readonly prune: boolean;
  /** How often everything is looked at; null: as often as costs next to nothing. */
  readonly intervalMs: number | null;
}

/** How environments are to be destroyed. */
export interface Destroying {
  /** What lies in persistent overlays and volumes goes too. */
  readonly volumes: boolean;
  readonly now: boolean;
  /** Environments whose lifecycle does not count this time. */
  readonly forced: readonly string[];
}

/** What is to become of processes. */
export interface ProcessWish {
  readonly verb: "start" | "stop" | "restart";
  /** `ENVIRONMENT` or `ENVIRONMENT/PROCESS`, each. */
  readonly operands: readonly string[];
  /** They are killed at once, without their time to stop. */
  readonly now: boolean;
  /** Environments whose lifecycle does not count this time. */
  readonly forced: readonly string[];
}

/** How an environment is to be reset. */
export interface Resetting {
  /** Paths inside at and below which what was written stays. */
  readonly keep: readonly string[];
  /** Environments whose lifecycle does not count this time. */
  readonly forced: readonly string[];
}

/** What the verbs need done: the engine, with the host, the resources and the manifest wired in. Environments: [] means all. */
export interface Engine {
  readonly project: string;
  readonly formatStep: (step: Step) => string;
  /** The same as a POSIX shell script that does it. Throws what apply would refuse to begin with. */
  script(environments: readonly string[], wish: PlanWish): Promise<string>;
  /** What apply would do. Changes nothing. */
  plan(environments: readonly string[], options: PlanWish): Promise<Plan>;
  /** The plan that was made last, as a file keeps it. */
  planText(): string;
  /** What a saved plan would do. Throws `plan/stale` where something that it rests on has moved. */
  planSaved(saved: SavedPlan, allowed: Pick<PlanWish, "forced" | "lazy" | "risk" | "keepFailed">): Promise<Plan>;
  /** What destroy would do. */
  planDestroy(environments: readonly string[], options: Destroying): Promise<Plan>;
  /** What reset would do. Throws `rootfs/no-upper` where nothing that is written is kept. */
  planReset(environment: string, options: Resetting): Promise<Plan>;
  /** What it takes to start, stop or restart processes; that they are to stay ended, or not, is noted first. Throws `engine/not-running`. */
  planProcesses(wish: ProcessWish): Promise<Plan>;
  /** Only the roots that the environments need. */
  planBuild(environments: readonly string[], options: { readonly refresh: boolean }): Promise<Plan>;
  /** Notes what is applied where a plan has nothing to do; does nothing where that is noted already. */
  note(): Promise<void>;
  /** What left its applied state, but for what `ignore` lists. Reads only. */
  drift(environments: readonly string[], options: { readonly ignore: readonly string[] }): Promise<DriftReport>;
  /** Why the plan that was made last cannot be carried out here; [] where it can. */
  refusals(): readonly Diagnostic[];
  /** Carries a plan out; returns the exit code. Throws what `refusals` gives. */
  carryOut(plan: Plan, report: (event: Event) => void): Promise<number>;
  status(environments: readonly string[]): Promise<StatusReport>;
  /** Everything that is known of the environments, as JSON values. */
  inspect(environments: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Copies between the host and an environment; `warn` is told what is left out. Throws `engine/copy-failed`, `engine/not-running`. */
  copy(copying: Copying, warn: (text: string) => void): Promise<void>;
  /** Whether it was told to end while it followed; then `skipped` is told what was not kept long enough to be shown. */
  logs(wish: LogWish, write: (text: string) => boolean, skipped: (of: string, bytes: number) => void): Promise<boolean>;
  /** Shows what a process prints from now on, and passes input on. The code that the process ended with; 0 where it was left, 130 where that was by a signal. */
  attach(wish: AttachWish): Promise<number>;
  /** Tells what they use that run; whether it was told to end while it went on. */
  usage(environments: readonly string[], wish: UsageWish, tell: (environments: readonly EnvironmentRate[]) => void): Promise<boolean>;
  /** Sends a signal to processes. Throws `engine/not-running`. */
  kill(operands: readonly string[], signal: NodeJS.Signals): Promise<void>;
  /** Holds processes with everything that they have started, or lets them go on; returns those that are only about to be started anew, which nothing holds. Throws `engine/not-running`, `host/no-freezer`. */
  freeze(operands: readonly string[], frozen: boolean): Promise<readonly string[]>;
  /** Waits until processes have ended; their first code that is not 0. Throws `engine/timeout`. */
  wait(operands: readonly string[], timeoutMs: number | null): Promise<number>;
  /** Waits until the processes of environments have started that are not to stay ended. Throws `engine/timeout`, `engine/process-ended`. */
  awaitStarted(environments: readonly string[], awaited: Awaited): Promise<void>;
  /** Keeps them as the manifest says until a signal ends it; returns the exit code. */
  watch(wish: WatchWish, report: (event: Event) => void): Promise<number>;
  /** Proves the isolation and writes its report; returns the exit code. */
  verify(environments: readonly string[], context: Context): Promise<number>;
}

/** What `apply --wait` waits for, and how long. */
export interface Awaited {
  readonly state: "started" | "healthy";
  readonly timeoutMs: number;
}
