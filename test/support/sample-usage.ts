import type { GroupUsage, UsageLook } from "../../src/model/usage.ts";

/** What a group uses, by what the kernel counts everything. */
export const sampleUsage: GroupUsage = {
  ...{ cpuUsec: 1_000_000, cpuLimit: 0.5, throttled: { periods: 3, usec: 250_000 } },
  ...{ memoryBytes: 50 << 20, memoryLimitBytes: 64 << 20, oomKills: 1, tasks: 4, tasksLimit: 50 },
  ...{ readBytes: 4096, writtenBytes: 0, pressure: { cpu: 12.5, memory: 0, io: null } },
};

const uncounted: GroupUsage = {
  ...{ cpuUsec: null, cpuLimit: null, throttled: null, memoryBytes: null, memoryLimitBytes: null, oomKills: null, tasks: null },
  ...{ tasksLimit: null, readBytes: null, writtenBytes: null, pressure: { cpu: null, memory: null, io: null } },
};

/** Two looks, two seconds apart: `web` with its process, and one of which nothing is counted. */
export const sampleLooks: readonly [before: UsageLook, now: UsageLook] = [
  {
    atMs: 1000,
    environments: [{ name: "web", usage: { ...sampleUsage, cpuUsec: 100_000, readBytes: 0 }, parts: [] }],
  },
  {
    atMs: 3000,
    environments: [
      {
        name: "web",
        usage: sampleUsage,
        parts: [{ name: "processes.main", usage: { ...sampleUsage, cpuLimit: null, pressure: uncounted.pressure } }],
      },
      { name: "a\u001b[31m", usage: uncounted, parts: [] },
    ],
  },
];
