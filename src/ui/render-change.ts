import type { Action, Change, Origin } from "../model/change.ts";
import { symbols } from "../model/change.ts";
import type { Gap } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { pad, width } from "./width.ts";

/** How a plan is shown. `formatStep` gives the command of a step and is asked only when `verbose`. */
export interface PlanView {
  readonly color: boolean;
  readonly verbose: boolean;
  /** Whether what is made new and only follows from defaults is counted instead of listed. */
  readonly brief?: boolean;
  readonly formatStep: (step: Step) => string;
}

/** The words beside the symbols, which say all that colour says. */
const actionWords: Readonly<Record<Action, string>> = {
  create: "create",
  update: "in place",
  "restart-process": "restart process",
  recreate: "recreate",
  destroy: "destroy",
};

/** The longest piece of the kernel's own text that stands in a plan. */
const evidenceColumns = 120;

/** The longest description or value that is shown whole where nothing asks for all: a command may have 2 MiB. */
const valueColumns = 1000;

/** Where a change comes from, in words. */
export const originWords: Readonly<Record<Origin, string>> = { drift: "drift", pending: "pending", unknown: "unknown origin" };

/** Of what the changes are a part that are shown together. */
export interface Section {
  readonly view: PlanView;
  /** Whether the environment runs already, so that a change in it has a price. */
  readonly runs: boolean;
  /** Whether each change says where it comes from. */
  readonly origins: boolean;
}

/** `  + create`. */
export function symbolAndWord(action: Action): string {
  return `${symbols[action].padStart(3)} ${actionWords[action]}`;
}

/** How wide the columns are that all of them share. */
export interface Columns extends Section {
  readonly symbolColumns: number;
  readonly addressColumns: number;
}

/** The lines of one change: what it is, before and after, why, what it costs, and where that is asked for its commands. */
export function renderChange(change: Change, { view, runs, origins, symbolColumns, addressColumns }: Columns): string[] {
  const style = styleFor(view.color);
  const paint = paintOf(change.action, style);
  const address = pad(printable(change.address), addressColumns);
  const value = (text: string) => (view.verbose ? printable(text) : bounded(printable(text)));
  const what = value(change.description);
  const why = [...(origins && change.origin !== undefined ? [originWords[change.origin]] : []), whyOf(change)].filter(isSome).join("; ");
  // What is made where nothing was has no before and ends nothing: one line says it all.
  const brief = change.action === "create" && change.differences.length === 0 && change.pids.length === 0 && change.blocked === undefined;
  const note = [why, ...(runs ? [costOf(change)] : [])].filter(isSome).join("; ");
  const first = `${paint(pad(symbolAndWord(change.action), symbolColumns))}  ${address}  ${what}`;
  const lines = brief
    ? [`${first}${note === "" ? "" : style.dim(`  (${note})`)}`]
    : [first.trimEnd(), ...details(change, { why, value, style })];
  const commands = view.verbose ? change.steps.map((step) => style.dim(`        $ ${printable(view.formatStep(step))}`)) : [];
  return [...lines, ...commands];
}

function paintOf(action: Action, style: Style): (text: string) => string {
  switch (action) {
    case "create":
      return style.green;
    case "update":
      return style.yellow;
    case "restart-process":
      return style.magenta;
    case "recreate":
    case "destroy":
      return style.red;
  }
}

/** `web.yaml:14, the mount is not there`: the manifest's line, the reason in words, both or neither. */
function whyOf(change: Change): string {
  const place = change.because === undefined ? [] : [`${printable(change.because.file)}:${change.because.line}`];
  const waits = change.steps.flatMap((step) => (step.type === "run" && step.waits === true ? [printable(step.title)] : []));
  return [...place, ...(change.reason === undefined ? [] : [printable(change.reason)]), ...waits].join(", ");
}

interface Detailed {
  readonly why: string;
  /** A value as it is shown. */
  readonly value: (text: string) => string;
  readonly style: Style;
}

function details(change: Change, { why, value, style }: Detailed): string[] {
  const rows: (readonly [string, string])[] = change.differences.flatMap((difference) => {
    const field = difference.field === "" ? "itself" : printable(difference.field);
    const values = `${value(difference.have)} ${style.dim("->")} ${style.bold(value(difference.want))}`;
    const evidence =
      difference.evidence === undefined ? [] : [["", style.dim(`seen: ${shortened(printable(difference.evidence))}`)] as const];
    return [[field, values] as const, ...evidence];
  });
  if (why !== "") rows.push(["why", why]);
  rows.push(...(change.blocked === undefined ? [["costs", costOf(change)] as const] : heldRows(change.address, change.blocked)));
  const columns = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => `        ${pad(name, columns)}  ${value}`);
}

/** What is not done now: by whom it is kept, and how it is done all the same. */
function heldRows(address: string, { of, holders }: NonNullable<Change["blocked"]>): readonly (readonly [string, string])[] {
  if (of !== address) return [["held", `left out, as ${printable(of)} is`]];
  return [
    ...holders.map(({ pid, command, path, by }, index) => {
      const text = `pid ${pid} (${shortened(printable(command))}) uses ${printable(path)} (${by})`;
      return [index === 0 ? "in use" : "", text] as const;
    }),
    ["held", "left out while it is in use; apply --lazy detaches it all the same"],
  ];
}

function bounded(text: string): string {
  return text.length <= valueColumns ? text : `${text.slice(0, valueColumns)}... (${text.length} characters: -v shows them)`;
}

function shortened(text: string): string {
  return text.length <= evidenceColumns ? text : `${text.slice(0, evidenceColumns)}...`;
}

const gapWords: Readonly<Record<Gap, string>> = {
  none: "no gap: the new mount is there before the old one goes",
  short: "a gap of about a millisecond between the old mount and the new one",
  connections: "but its connections break: what leads out is started anew",
};

/** What the change does to what runs, in words, with the processes that it ends. */
function costOf({ action, liveUpdate, pids, gap }: Change): string {
  const ended = pids.length === 0 ? "" : `, ends ${pids.length === 1 ? "pid" : "pids"} ${pids.join(", ")}`;
  if (action === "destroy") return pids.length === 0 ? "nothing that runs" : ended.slice(2);
  switch (liveUpdate) {
    case "in-place":
      return `in place: nothing restarts${ended}${gap === undefined ? "" : `, ${gapWords[gap]}`}`;
    case "restart-process":
      return `its process restarts, nothing else${ended}`;
    case "recreate":
      return `the environment stops and starts anew${ended}`;
    case "rebuild":
      return `it gets another root: the environment stops and starts anew${ended}`;
  }
}

/** Whether there is anything to say. */
export function isSome(text: string): boolean {
  return text !== "";
}
