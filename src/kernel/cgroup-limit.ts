/** The files of a control group that hold one limit, v2 and v1. */
export const limitFiles = {
  memory: { v2: ["memory.max"], v1: ["memory.limit_in_bytes"] },
  cpus: { v2: ["cpu.max"], v1: ["cpu.cfs_quota_us", "cpu.cfs_period_us"] },
  pids: { v2: ["pids.max"], v1: ["pids.max"] },
} as const;

/** One limit from the texts of its files, in bytes, processors or processes; null is no limit. */
export function parseLimit(name: keyof typeof limitFiles, texts: readonly string[]): number | null {
  const [first = "max", second] = texts.flatMap((text) => text.trim().split(/\s+/));
  if (first === "max" || first === "-1") return null;
  const value = Number(first);
  if (name === "cpus") return value / Number(second ?? "100000");
  // v1 shows "no limit" as the largest number of pages that it can count.
  return name === "memory" && value > 2 ** 62 ? null : value;
}
