import type { GroupUsage } from "../model/usage.ts";

/** The text of a file of a group, in that of its hierarchies of a version that has it; "" where none has. */
export type ReadGroupFile = (version: 1 | 2, file: string) => string;

/** What a control group uses, by the files of v2 and, where a controller is in a v1 hierarchy, of that (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/). */
export function parseUsage(read: ReadGroupFile): GroupUsage {
  const [cpu, cpu1] = [flat(read(2, "cpu.stat")), flat(read(1, "cpu.stat"))];
  const periods = cpu.get("nr_throttled") ?? cpu1.get("nr_throttled");
  const throttledUsec = cpu.get("throttled_usec") ?? thousandth(cpu1.get("throttled_time") ?? null);
  return {
    cpuUsec: cpu.get("usage_usec") ?? thousandth(number(read(1, "cpuacct.usage"))),
    cpuLimit: cpuLimit(read),
    throttled: periods === undefined || throttledUsec === null ? null : { periods, usec: throttledUsec },
    memoryBytes: number(read(2, "memory.current")) ?? number(read(1, "memory.usage_in_bytes")),
    memoryLimitBytes: limit(read(2, "memory.max")) ?? limit(read(1, "memory.limit_in_bytes")),
    oomKills: flat(read(2, "memory.events")).get("oom_kill") ?? flat(read(1, "memory.oom_control")).get("oom_kill") ?? null,
    tasks: number(read(2, "pids.current")) ?? number(read(1, "pids.current")),
    tasksLimit: limit(read(2, "pids.max")) ?? limit(read(1, "pids.max")),
    ...transferred(read),
    pressure: {
      cpu: someAvg10(read(2, "cpu.pressure")),
      memory: someAvg10(read(2, "memory.pressure")),
      io: someAvg10(read(2, "io.pressure")),
    },
  };
}

function cpuLimit(read: ReadGroupFile): number | null {
  const [quota2 = "", period2 = ""] = read(2, "cpu.max").trim().split(" ");
  const quota = number(quota2) ?? number(read(1, "cpu.cfs_quota_us"));
  const period = number(period2) ?? number(read(1, "cpu.cfs_period_us"));
  return quota === null || quota <= 0 || period === null || period === 0 ? null : quota / period;
}

/** `8:0 rbytes=1 wbytes=2 ...` of v2; `8:0 Read 1` of v1. Nothing was transferred where the file is there and empty. */
function transferred(read: ReadGroupFile): Pick<GroupUsage, "readBytes" | "writtenBytes"> {
  const [io, io1] = [read(2, "io.stat"), read(1, "blkio.throttle.io_service_bytes_recursive")];
  const sum = (pattern: RegExp) => [...`${io}\n${io1}`.matchAll(pattern)].reduce((total, [, bytes]) => total + Number(bytes), 0);
  if (io === "" && io1 === "") return { readBytes: null, writtenBytes: null };
  return { readBytes: sum(/(?:\brbytes=|^\d+:\d+ Read )(\d+)/gm), writtenBytes: sum(/(?:\bwbytes=|^\d+:\d+ Write )(\d+)/gm) };
}

/** `KEY NUMBER` on each line. */
function flat(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, key = "", value]) => [key, Number(value)]));
}

function number(text: string): number | null {
  return /^-?\d+\s*$/.test(text) ? Number(text) : null;
}

/** `max` is none; v1 has the greatest number of pages for it. */
function limit(text: string): number | null {
  const value = number(text);
  return value === null || value >= 2 ** 62 ? null : value;
}

function thousandth(nanoseconds: number | null): number | null {
  return nanoseconds === null ? null : Math.round(nanoseconds / 1000);
}

function someAvg10(text: string): number | null {
  const found = /^some avg10=([\d.]+)/m.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
