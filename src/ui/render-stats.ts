import type { EnvironmentRate, UsageRate } from "../model/usage.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { tableLines } from "./table.ts";
import { formatBytes, formatDuration } from "./units.ts";
import { width } from "./width.ts";

const titles = ["NAME", "CPU", "MEMORY", "TASKS", "READ", "WRITTEN", "PRESSURE"] as const;

/** How the table is shown: in colour, and on all of a terminal of this size. */
export interface StatsView {
  readonly color: boolean;
  readonly screen?: { readonly columns: number; readonly rows: number };
}

/** What environments use, as a table: a row for each, and below it one for each of its processes. What is short of something is said below. Ends in a line break. */
export function renderStats(environments: readonly EnvironmentRate[], { color, screen }: StatsView): string {
  const lines = environments.length === 0 ? [{ text: "nothing runs" }] : tableOf(environments, styleFor(color));
  const shown = screen === undefined ? lines : filled(lines, screen);
  const text = shown.map(({ text, paint = plain }) => paint(text)).join("\n");
  // From the top of the screen on, and nothing below.
  return `${screen === undefined ? "" : "\u001b[H\u001b[J"}${text}\n`;
}

interface Line {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const plain = (text: string) => text;

function tableOf(environments: readonly EnvironmentRate[], style: Style): readonly Line[] {
  const rows = environments.flatMap((one) => [cells(one, ""), ...one.parts.map((part) => cells(part, "  "))]);
  const [header = "", ...lines] = tableLines([titles, ...rows]);
  let next = 0;
  const body = environments.flatMap((one) => {
    const own = lines.slice(next, next + 1 + one.parts.length);
    next += own.length;
    return [...own.map((text) => ({ text })), ...troubles(one).map((text) => ({ text: `  ${text}`, paint: style.yellow }))];
  });
  return [{ text: header, paint: style.dim }, ...body];
}

/** Lines on all of a terminal: none is longer than it is wide, and what has no room is counted in the last one. */
function filled(lines: readonly Line[], { columns, rows }: { readonly columns: number; readonly rows: number }): readonly Line[] {
  const room = Math.max(1, rows - 1);
  const rest = lines.length - room + 1;
  const kept = lines.length <= room ? lines : [...lines.slice(0, room - 1), { text: `${rest} more lines: cloister stats --once` }];
  return kept.map((line) => ({ ...line, text: cut(line.text, columns) }));
}

function cut(text: string, columns: number): string {
  let kept = "";
  for (const character of text) {
    if (width(kept + character) > columns) break;
    kept += character;
  }
  return kept;
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
