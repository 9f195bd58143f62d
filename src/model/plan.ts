import type { Change } from "./change.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Ruling } from "./drift-rules.ts";

/** What is carried out as one: the changes of one environment, or of one shared thing (a root). Groups run in parallel, two at a time. */
export interface Group {
  /** The environment's name, or the address of what is shared. */
  readonly name: string;
  readonly changes: readonly Change[];
  /** The groups that must be done first. */
  readonly after: readonly string[];
}

/** Drift that is left as it is, and what says so. Of an environment that does not run, only the change that stands for it. */
export interface Left extends Ruling {
  readonly change: Change;
}

/** Everything that one apply would do, in order; empty when the kernel is as the manifest wants it. */
export interface Plan {
  readonly project: string;
  readonly groups: readonly Group[];
  /** All changes of all groups, in order. */
  readonly changes: readonly Change[];
  /** Told with the plan: unsafe settings, limits that cannot be enforced here, what is not there yet (seccomp). */
  readonly warnings: readonly Diagnostic[];
  /** Environments of the manifest, changed or not, in order. */
  readonly environments: readonly EnvironmentState[];
  /** What is not done because it has drifted and is to be left. Absent: nothing. */
  readonly left?: readonly Left[];
  /** What is not done, because it takes a restart and that is not allowed; absent: nothing. */
  readonly held?: readonly Change[];
  /** Ends of environments that run and are not in the manifest: done with `--prune` only; absent: none. */
  readonly orphans?: readonly Change[];
  /** Why nothing of it may be done: what a lifecycle protects; absent: it may. */
  readonly refused?: readonly Diagnostic[];
}

/** How one environment stands, from the manifest and the kernel together. */
export interface EnvironmentState {
  readonly name: string;
  /** `running`; `unfinished`: a remnant of a start that was cut; `failed`: half made, kept for a look after its start failed; `absent`: not there; `orphan`: running, not in the manifest; `inactive`: running, in a profile that is not active; `transient`: made by a `cloister run` that lives. */
  readonly state: "running" | "unfinished" | "failed" | "absent" | "orphan" | "inactive" | "transient";
  readonly id: string | null;
  readonly pid: number | null;
  /** Why its start failed, where that was kept: untrusted text, "" where nobody has noted it. Absent: it was not. */
  readonly failure?: string;
  /** Seconds since the keeper started; null when absent. */
  readonly uptimeSeconds: number | null;
  /** Seconds after the boot at which the keeper started; absent where it is not there. */
  readonly startSeconds?: number;
  /** Short name of the root: `bookworm-minbase`, a directory or tar path; null when unknown. */
  readonly root: string | null;
  /** Bytes in use by its control group; null when not accounted. */
  readonly memoryBytes: number | null;
  /** Its processes, by name: those that run, and those of which the end is known. */
  readonly processes: Readonly<Record<string, ProcessState>>;
  /** What its rules of traffic have counted; absent where it has none. */
  readonly traffic?: TrafficState;
  /** With network mode `user`: the process behind its eth0, and what it publishes (`127.0.0.1/8080:80 tcp`); absent where none runs. */
  readonly uplink?: { readonly program: "pasta" | "slirp4netns"; readonly pid: number; readonly published: readonly string[] };
  /** Addresses of what the kernel no longer has as it was applied, or, where that is not known, as it is wanted. */
  readonly drifted: readonly string[];
  /** Addresses of what the manifest says otherwise than what was last applied. With `drifted`, both [] = synced. */
  readonly pending: readonly string[];
  /** Addresses of what has drifted and is to be ignored; not among `drifted`. Absent: none. */
  readonly ignored?: readonly string[];
}

/** Each rule of a direction, in order: as the manifest has it, or `all others`; with how many packets and bytes it let through or refused. */
export type TrafficState = Readonly<
  Partial<
    Record<
      "egress" | "ingress",
      readonly { readonly rule: string; readonly denies: boolean; readonly packets: number; readonly bytes: number }[]
    >
  >
>;

/** A process: running, ended by itself with a code, killed or not to be run, about to be started anew, stopped, or never started. */
export type ProcessState =
  /** `frozen`: it is held, with everything that it has started; absent: it is not, or that was not asked. */
  | { readonly type: "running"; readonly pid: number; readonly restarts?: number; readonly frozen?: true; readonly health?: HealthState }
  | ({ readonly type: "completed"; readonly code: number } & ProcessEnding)
  /** `code`: null where it is not known. `gave_up`: it was started anew as often as its policy allows. `unhealthy`: its healthcheck has had it stopped. */
  | ({ readonly type: "exited"; readonly code: number | null; readonly gave_up?: true; readonly unhealthy?: true } & ProcessEnding)
  /** `delay_seconds`: how long after its end it is started. */
  | ({ readonly type: "restarting"; readonly code: number | null; readonly delay_seconds: number } & ProcessEnding)
  /** It is to stay ended until it is started. `since`: when that was asked for. */
  | { readonly type: "stopped"; readonly since: string }
  /** It is wanted, and nothing of it is there: it was not started yet, or what it waits for did not come about. */
  | { readonly type: "absent" };

/** What the healthcheck of a process says of it. */
export interface HealthState {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** How many checks in a row have failed. */
  readonly failing_streak: number;
  /** Of the last check; absent: there was none yet. */
  readonly code?: number;
  readonly output?: string;
}

/** What is known of an end beside its code. */
export interface ProcessEnding {
  readonly signal?: number;
  /** The kernel killed it because memory ran out. */
  readonly oom?: true;
  /** Absent: not known. */
  readonly ended_seconds_ago?: number;
  /** How often it had been started anew in a row; absent: not once. */
  readonly restarts?: number;
}
