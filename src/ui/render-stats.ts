import type { EnvironmentRate, UsageRate } from "../model/usage.ts";
import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import { tableLines } from "./table.ts";
import { formatBytes, formatDuration } from "./units.ts";

const titles = ["NAME", "CPU", "MEMORY", "TASKS", "READ", "WRITTEN", "PRESSURE"] as const;

/** What environments use, as a table: a row for each, and below it one for each of its processes. What is short of something is said below. Ends in a line break. */
export function renderStats(environments: readonly EnvironmentRate[], options: { readonly color: boolean }): string {
  if (environments.length === 0) return "nothing runs\n";
  const style = styleFor(options.color);
  const rows = environments.flatMap((one) => [cells(one, ""), ...one.parts.map((part) => cells(part, "  "))]);
  const [header = "", ...lines] = tableLines([titles, ...rows]);
  let next = 0;
  const body = environments.flatMap((one) => {
    const own = lines.slice(next, next + 1 + one.parts.length);
    next += own.length;
    return [...own, ...troubles(one).map((text) => style.yellow(`  ${text}`))];
  });
  return `${[style.dim(header), ...body].join("\n")}\n`;
}

function cells(one: UsageRate, indent: string): readonly string[] {
  const { usage } = one;
  return [
    `${indent}${printable(one.name)}`,
    used(percent(one.cpuPercent), usage.cpuLimit === null ? null : percent(usage.cpuLimit * 100)),
    used(bytes(usage.memoryBytes), usage.memoryLimitBytes === null ? null : formatBytes(usage.memoryLimitBytes)),
    used(usage.tasks === null ? "-" : String(usage.tasks), usage.tasksLimit === null ? null : String(usage.tasksLimit)),
    transfer(usage.readBytes, one.readBytesPerSecond),
    transfer(usage.writtenBytes, one.writtenBytesPerSecond),
    pressure(one),
  ];
}

function used(value: string, limit: string | null): string {
  return limit === null ? value : `${value} of ${limit}`;
}

function percent(value: number | null): string {
  return value === null ? "-" : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function bytes(value: number | null): string {
  return value === null ? "-" : formatBytes(value);
}

function transfer(total: number | null, perSecond: number | null): string {
  return perSecond === null || perSecond < 1 ? bytes(total) : `${bytes(total)} (${formatBytes(perSecond)}/s)`;
}

/** Who waits for what, where somebody does. */
function pressure({ usage }: UsageRate): string {
  const shares = Object.entries(usage.pressure).flatMap(([name, share]) => (share === null ? [] : [[name, share] as const]));
  if (shares.length === 0) return "-";
  const felt = shares.filter(([, share]) => share > 0).map(([name, share]) => `${name} ${percent(share)}`);
  return felt.length === 0 ? "none" : felt.join(", ");
}

function troubles({ usage: { throttled, oomKills } }: UsageRate): readonly string[] {
  return [
    ...(throttled === null || throttled.periods === 0
      ? []
      : [`held back ${throttled.periods} times by its limit of processors, ${formatDuration(throttled.usec / 1000)} in all`]),
    ...(oomKills === null || oomKills === 0
      ? []
      : [`out of memory: the kernel has ended ${oomKills} ${oomKills === 1 ? "process" : "processes"}`]),
  ];
}
