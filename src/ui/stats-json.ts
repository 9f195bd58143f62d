import type { EnvironmentRate, UsageRate } from "../model/usage.ts";

/** What environments use, as one JSON document, `cloister/stats/v1` (schemas/output/stats-v1.json). */
export function statsDocument(project: string, environments: readonly EnvironmentRate[]): Record<string, unknown> {
  return {
    schema: "cloister/stats/v1",
    project,
    environments: environments.map((one) => ({ ...record(one), parts: one.parts.map(record) })),
  };
}

function record({ name, usage, cpuPercent, readBytesPerSecond, writtenBytesPerSecond }: UsageRate): Record<string, unknown> {
  return {
    name,
    cpu_percent: rounded(cpuPercent),
    cpu_usec: usage.cpuUsec,
    cpu_limit: usage.cpuLimit,
    throttled_periods: usage.throttled?.periods ?? null,
    throttled_usec: usage.throttled?.usec ?? null,
    memory_bytes: usage.memoryBytes,
    memory_limit_bytes: usage.memoryLimitBytes,
    oom_kills: usage.oomKills,
    tasks: usage.tasks,
    tasks_limit: usage.tasksLimit,
    read_bytes: usage.readBytes,
    written_bytes: usage.writtenBytes,
    read_bytes_per_second: rounded(readBytesPerSecond),
    written_bytes_per_second: rounded(writtenBytesPerSecond),
    pressure_percent: usage.pressure,
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
