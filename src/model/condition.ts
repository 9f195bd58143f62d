/** What is told of an environment, of the address of something that keeps breaking, or of the manifest. */
export const conditionNames = ["Running", "Synced", "Drifted", "Healthy", "Degraded", "ManifestInvalid", "Paused", "Flapping"] as const;
export type ConditionName = (typeof conditionNames)[number];

/** How something stands, and since when. */
export interface StandingCondition {
  readonly condition: ConditionName;
  /** Null: not known, as only a watch knows it and none runs. */
  readonly status: boolean | null;
  /** One word for programs. */
  readonly reason: string;
  readonly message: string;
  /** ISO 8601, UTC: since when the status is what it is; null: nobody saw it change. */
  readonly since: string | null;
  /** The number of what was last applied when it was told; null: not known. */
  readonly generation: number | null;
}

/** An environment that a watch leaves alone until it is resumed, or a time comes. Times are ISO 8601, UTC. */
export interface Pause {
  readonly environment: string;
  readonly reason: string | null;
  readonly since: string;
  readonly until: string | null;
}

/** Processes of an environment that stay ended until they are started, with when that was asked for (ISO 8601, UTC). */
export interface Stopped {
  readonly environment: string;
  readonly processes: Readonly<Record<string, string>>;
}

/** `paused until 2026-01-02T03:04:05.000Z: backup` */
export function pauseMessage({ reason, until }: Pause): string {
  return `paused${until === null ? " until it is resumed" : ` until ${until}`}${reason === null ? "" : `: ${reason}`}`;
}
