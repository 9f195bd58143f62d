import { printable } from "./printable.ts";
import { styleFor } from "./style.ts";
import { tableLines } from "./table.ts";

/** One value that two generations do not share; undefined: it is not there. */
export interface GenerationDifference {
  readonly address: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One generation as it is listed; `damaged`: why nothing of it is believed. */
export type ListedGeneration =
  | { readonly number: number; readonly damaged: string }
  | {
      readonly number: number;
      readonly damaged: null;
      readonly date: string;
      readonly uid: number;
      readonly commit: string | null;
      readonly environments: readonly string[];
      /** Against the generation before, where that can be read; else against nothing. */
      readonly changed: readonly GenerationDifference[];
    };

/** The longest list of addresses in a line of the table. */
const shownAddresses = 4;

/** Generations for people, oldest first. Ends in a line break. */
export function renderHistory(generations: readonly ListedGeneration[], options: { readonly color: boolean }): string {
  if (generations.length === 0) return "nothing was applied yet, or its record is gone\n";
  const style = styleFor(options.color);
  const rows = generations.map((one) =>
    one.damaged === null
      ? [String(one.number), one.date, `uid ${one.uid}`, one.commit?.slice(0, 12) ?? "-", summary(one.changed)].map(printable)
      : [String(one.number), "-", "-", "-", style.red(`not believed: ${printable(one.damaged)}`)],
  );
  const titles = ["NUMBER", "DATE", "BY", "COMMIT", "CHANGED"];
  const [head = "", ...lines] = tableLines([titles, ...rows]);
  return `${[style.dim(head), ...lines].join("\n")}\n`;
}

/** What two generations differ in, for people: an address a line. Ends in a line break. */
export function renderDifferences(differences: readonly GenerationDifference[], options: { readonly color: boolean }): string {
  if (differences.length === 0) return "they say the same\n";
  const style = styleFor(options.color);
  return differences
    .map(({ address, before, after }) => {
      const name = printable(address);
      if (before === undefined) return style.green(`+ ${name}${after !== null && typeof after === "object" ? "" : `: ${shown(after)}`}\n`);
      if (after === undefined) return style.red(`- ${name}${before !== null && typeof before === "object" ? "" : `: ${shown(before)}`}\n`);
      return `${style.yellow("~")} ${name}: ${shown(before)} -> ${shown(after)}\n`;
    })
    .join("");
}

/** Generations as one JSON document, `cloister/history/v1` (schemas/output/history-v1.json). */
export function historyDocument(project: string, generations: readonly ListedGeneration[]): Record<string, unknown> {
  const listed = generations.map((one) => (one.damaged === null ? { ...one, changed: one.changed.map(differenceRecord) } : one));
  return { schema: "cloister/history/v1", project, generations: listed };
}

/** What two generations differ in. */
export interface HistoryDiff {
  readonly project: string;
  readonly from: number;
  readonly to: number;
  readonly differences: readonly GenerationDifference[];
}

/** What two generations differ in, as one JSON document, `cloister/history-diff/v1` (schemas/output/history-diff-v1.json). */
export function historyDiffDocument({ project, from, to, differences }: HistoryDiff): Record<string, unknown> {
  return { schema: "cloister/history-diff/v1", project, from, to, differences: differences.map(differenceRecord) };
}

function differenceRecord({ address, before, after }: GenerationDifference): Record<string, unknown> {
  const action = before === undefined ? "add" : after === undefined ? "remove" : "change";
  return { address, action, before: before ?? null, after: after ?? null };
}

function summary(changed: readonly GenerationDifference[]): string {
  const names = changed.slice(0, shownAddresses).map(({ address, before, after }) => {
    return `${before === undefined ? "+" : after === undefined ? "-" : "~"}${address}`;
  });
  const more = changed.length - names.length;
  return names.length === 0 ? "-" : `${names.join(" ")}${more === 0 ? "" : ` and ${more} more`}`;
}

function shown(value: unknown): string {
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
