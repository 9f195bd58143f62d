import type { ConditionName, StandingCondition } from "../model/condition.ts";
import type { EnvironmentState, HealthState, ProcessState } from "../model/plan.ts";
import { printable } from "./printable.ts";
import type { StatusReport } from "./status-json.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { formatBytes, formatUptime } from "./units.ts";
import { pad, width } from "./width.ts";

interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

interface Column {
  readonly title: string;
  cell(state: EnvironmentState, style: Style): Cell;
}

const columns: readonly Column[] = [
  { title: "ENVIRONMENT", cell: ({ name }, style) => ({ text: printable(name), paint: style.bold }) },
  { title: "STATE", cell: stateCell },
  { title: "SYNC", cell: syncCell },
  { title: "PID", cell: ({ pid }) => ({ text: pid === null ? "-" : String(pid) }) },
  { title: "UPTIME", cell: ({ uptimeSeconds }) => ({ text: uptimeSeconds === null ? "-" : formatUptime(uptimeSeconds) }) },
  { title: "ROOT", cell: ({ root }) => ({ text: root === null ? "-" : printable(root) }) },
  { title: "MEMORY", cell: ({ memoryBytes }) => ({ text: memoryBytes === null ? "-" : formatBytes(memoryBytes) }) },
];

const processColumn: Column = { title: "PROCESS", cell: ({ processes }, style) => processesCell(Object.values(processes), style) };

/** How environments stand, as a table; what is not good stands below its row: paused, drifted, not applied yet, told by a watch. Ends in a line break. */
export function renderStatus({ environments, ...report }: StatusReport, options: { readonly color: boolean }): string {
  const states = environments.map(({ state }) => state);
  if (states.length === 0) return "no environments: the manifest has none, and none runs\n";
  const style = styleFor(options.color);
  const shown = states.some(({ processes }) => Object.keys(processes).length > 0) ? [...columns, processColumn] : columns;
  const rows = states.map((state) => shown.map((column) => column.cell(state, style)));
  const widths = shown.map(({ title }, index) => Math.max(width(title), ...rows.map((row) => width(row[index]?.text ?? ""))));
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, index) => painted(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  const header = line(shown.map(({ title }) => ({ text: title, paint: style.dim })));
  const lines = environments.flatMap(({ state, conditions }, index) => [
    line(rows[index] ?? []),
    ...processLines(state, style),
    ...conditionLines(conditions, ["Paused", "Degraded", "Flapping"], style),
    ...failureLines(state, style),
    ...driftLines(state, style),
    ...trafficLines(state, style),
    ...uplinkLines(state, style),
  ]);
  const own = conditionLines(report.conditions, ["ManifestInvalid", "Degraded"], style).map((text) => text.trimStart());
  const warnings = report.warnings.map(({ code, message }) => style.yellow(`warning ${code}: ${printable(message)}`));
  return `${[...warnings, ...own, header, ...lines].join("\n")}\n`;
}

function painted({ text, paint }: Cell, columnWidth: number): string {
  const padded = pad(text, columnWidth);
  return paint === undefined ? padded : paint(padded.trimEnd()) + " ".repeat(padded.length - padded.trimEnd().length);
}

function stateCell({ state }: EnvironmentState, style: Style): Cell {
  switch (state) {
    case "running":
      return { text: state, paint: style.green };
    case "failed":
    case "unfinished":
      return { text: state, paint: style.red };
    case "inactive":
    case "transient":
    case "orphan":
      return { text: state, paint: style.yellow };
    case "absent":
      return { text: state, paint: style.dim };
  }
}

function syncCell({ state, drifted, pending, ignored = [] }: EnvironmentState, style: Style): Cell {
  if (state !== "running") return { text: "-" };
  const counted = [
    ["drifted", drifted.length],
    ["pending", pending.length],
    ["ignored", ignored.length],
  ] as const;
  const parts = counted.flatMap(([word, count]) => (count === 0 ? [] : [`${word} (${count})`]));
  if (drifted.length + pending.length > 0) return { text: parts.join(", "), paint: style.yellow };
  return { text: ["synced", ...parts].join(", "), paint: style.green };
}

/** One is shown itself; of several how many run. */
function processesCell(processes: readonly ProcessState[], style: Style): Cell {
  const [only, ...others] = processes;
  if (only === undefined) return { text: "-" };
  if (others.length === 0) return processCell(only, style);
  const running = processes.filter(({ type }) => type === "running").length;
  const isWell = processes.every(
    (process) => !["exited", "absent"].includes(process.type) && !(process.type === "running" && process.health?.status === "unhealthy"),
  );
  return { text: `${running} of ${processes.length} run`, paint: isWell ? style.green : style.red };
}

/** Why its start failed. */
function failureLines({ failure }: EnvironmentState, style: Style): readonly string[] {
  return failure === undefined
    ? []
    : [`  ${style.red("kept")}: ${printable(failure === "" ? "why its start failed is not known" : failure)}`];
}

/** Each by its name, where there is any beside `main`. */
function processLines({ processes }: EnvironmentState, style: Style): readonly string[] {
  const named = Object.entries(processes);
  if (named.every(([name]) => name === "main")) return [];
  return named.map(([name, process]) => {
    const { text, paint = (plain: string) => plain } = processCell(process, style);
    return `  ${printable(name)}: ${paint(text)}`;
  });
}

function processCell(process: ProcessState, style: Style): Cell {
  switch (process.type) {
    case "running":
      return process.frozen === true
        ? { text: `pid ${process.pid}, frozen`, paint: style.cyan }
        : { text: `pid ${process.pid}${again(process.restarts)}${healthWords(process.health)}`, paint: healthPaint(process.health, style) };
    case "stopped":
      return { text: "stopped", paint: style.yellow };
    case "absent":
      return { text: "not started", paint: style.yellow };
    case "completed":
      return { text: `completed (${endWords(process)})` };
    case "restarting":
      return { text: `restarting in ${seconds(process)} (${endWords(process)})`, paint: style.yellow };
    case "exited":
      return {
        text: `exited (${endWords(process)}${process.gave_up === true ? ", given up" : ""}${process.unhealthy === true ? ", unhealthy" : ""})`,
        paint: style.red,
      };
  }
}

/** `, unhealthy (3 checks failed, the last with 1: connection refused)`. */
function healthWords(health: HealthState | undefined): string {
  if (health === undefined) return "";
  const { status, failing_streak: streak, code, output = "" } = health;
  if (streak === 0 || code === undefined) return `, ${status}`;
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  const words = `${streak === 1 ? "one check" : `${streak} checks`} failed, the last with ${code}`;
  return `, ${status} (${words}${last === "" ? "" : `: ${printable(last.slice(0, 120))}`})`;
}

function healthPaint(health: HealthState | undefined, style: Style): (text: string) => string {
  if (health?.status === "unhealthy") return style.red;
  return health?.status === "starting" ? style.yellow : style.green;
}

/** `, restarted 3 times`. */
function again(restarts = 0): string {
  return restarts === 0 ? "" : `, restarted ${restarts === 1 ? "once" : `${restarts} times`}`;
}

/** `137, out of memory, restarted 3 times`. */
function endWords({ code, oom, restarts }: Extract<ProcessState, { readonly code: number | null }>): string {
  return `${code ?? "code unknown"}${oom === true ? ", out of memory" : ""}${again(restarts)}`;
}

function seconds({ delay_seconds: delay, ended_seconds_ago: ago = 0 }: Extract<ProcessState, { readonly type: "restarting" }>): string {
  return `${Math.max(0, Math.ceil(delay - ago))} s`;
}

/** `  paused: paused until ...: backup (since ...)`: those of these that are so. */
function conditionLines(conditions: readonly StandingCondition[], names: readonly ConditionName[], style: Style): string[] {
  const standing = names.flatMap((name) => conditions.find(({ condition, status }) => condition === name && status === true) ?? []);
  return standing.map(({ condition, message, since }) => {
    const words = condition === "ManifestInvalid" ? "manifest invalid" : condition.toLowerCase();
    const text = message.startsWith(words) ? message : `${words}: ${message}`;
    return style.yellow(`  ${printable(text)}${since === null ? "" : ` (since ${printable(since)})`}`);
  });
}

function driftLines({ name, state, drifted, pending, ignored = [] }: EnvironmentState, style: Style): string[] {
  const own = (address: string) => (address.startsWith(`${name}.`) ? address.slice(name.length + 1) : address);
  return [
    ...drifted.map((address) => style.yellow(`  drifted: ${printable(own(address))}`)),
    ...ignored.map((address) => style.dim(`  ignored: ${printable(own(address))}`)),
    ...(state === "absent" ? [] : pending).map((address) => style.cyan(`  pending: ${printable(own(address))}`)),
  ];
}

/** `  uplink: pasta, pid 4711; 127.0.0.1/8080:80 tcp`. */
function uplinkLines({ uplink }: EnvironmentState, style: Style): string[] {
  if (uplink === undefined) return [];
  return [style.dim(`  uplink: ${[`${uplink.program}, pid ${uplink.pid}`, ...uplink.published.map(printable)].join("; ")}`)];
}

/** `  egress: dns 12 (1.2 KiB), all others 3 refused`: of each rule how many packets. */
function trafficLines({ traffic = {} }: EnvironmentState, style: Style): string[] {
  return (["egress", "ingress"] as const).flatMap((direction) => {
    const rules = traffic[direction];
    if (rules === undefined) return [];
    const texts = rules.map(({ rule, denies, packets, bytes }) => {
      return `${printable(rule)} ${packets}${denies ? " refused" : ` (${formatBytes(bytes)})`}`;
    });
    return [style.dim(`  ${direction}: ${texts.join(", ")}`)];
  });
}
