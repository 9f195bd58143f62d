/** Which share of the last ten seconds something waited for a resource, in percent: PSI of the kernel, `some avg10`. */
export interface Pressure {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly io: number | null;
}

/** What a control group and those below it use. Null: the kernel does not count it there, or sets no limit. */
export interface GroupUsage {
  /** Processor time since it was made, in µs. */
  readonly cpuUsec: number | null;
  /** How many processors it may use at the same time. */
  readonly cpuLimit: number | null;
  /** How often, and for how many µs, it had to wait because it had used all that it may. */
  readonly throttled: { readonly periods: number; readonly usec: number } | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  /** Processes that the kernel ended because memory ran out. */
  readonly oomKills: number | null;
  readonly tasks: number | null;
  readonly tasksLimit: number | null;
  readonly readBytes: number | null;
  readonly writtenBytes: number | null;
  readonly pressure: Pressure;
}

/** What is used by something that runs: an environment as a whole (`name` is its), or a part of it: `processes.main`, `exec`, `keeper`. */
export interface Used {
  readonly name: string;
  readonly usage: GroupUsage;
}

/** What an environment uses at one moment. */
export interface EnvironmentUsage extends Used {
  readonly parts: readonly Used[];
}

/** All environments that run, looked at together. */
export interface UsageLook {
  /** Monotonic, in ms. */
  readonly atMs: number;
  readonly environments: readonly EnvironmentUsage[];
}

/** What is used, with what that was by the second between two looks. */
export interface UsageRate extends Used {
  /** Of one processor, in percent: 150 is one and a half. Null: not counted, or not seen twice. */
  readonly cpuPercent: number | null;
  readonly readBytesPerSecond: number | null;
  readonly writtenBytesPerSecond: number | null;
}

/** An environment's, and those of its parts. */
export interface EnvironmentRate extends UsageRate {
  readonly parts: readonly UsageRate[];
}

/** The rates of a look, by an earlier one. */
export function usageRates(before: UsageLook, now: UsageLook): readonly EnvironmentRate[] {
  const seconds = (now.atMs - before.atMs) / 1000;
  return now.environments.map((environment) => {
    const earlier = before.environments.find(({ name }) => name === environment.name);
    const part = (one: Used) => rate(earlier?.parts.find(({ name }) => name === one.name)?.usage, one, seconds);
    return { ...rate(earlier?.usage, environment, seconds), parts: environment.parts.map(part) };
  });
}

function rate(before: GroupUsage | undefined, { name, usage }: Used, seconds: number): UsageRate {
  const each = (key: "cpuUsec" | "readBytes" | "writtenBytes"): number | null => {
    const [from = null, to] = [before?.[key], usage[key]];
    // What became less is another life of the same name.
    return from === null || to === null || to < from || seconds <= 0 ? null : (to - from) / seconds;
  };
  const cpu = each("cpuUsec");
  return {
    ...{ name, usage, cpuPercent: cpu === null ? null : cpu / 10_000 },
    ...{ readBytesPerSecond: each("readBytes"), writtenBytesPerSecond: each("writtenBytes") },
  };
}
