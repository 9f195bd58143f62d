import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";

/** A JSON value for people: one `key: value` a line, indented. Ends in a line break. */
export function renderTree(value: unknown, options: { readonly color: boolean }): string {
  return `${linesOf(value, styleFor(options.color)).join("\n")}\n`;
}

function linesOf(value: unknown, style: Style): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => linesOf(item, style).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`)));
  }
  if (typeof value !== "object" || value === null) return [scalar(value)];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const name = style.cyan(`${printable(key)}:`);
    const simple = shortForm(item);
    return simple === null ? [name, ...linesOf(item, style).map((line) => `  ${line}`)] : [`${name} ${simple}`];
  });
}

/** What fits behind its key: scalars, empty things, lists of few words. */
function shortForm(value: unknown): string | null {
  if (Array.isArray(value)) {
    if (value.some((item: unknown) => typeof item === "object" && item !== null)) return null;
    const text = value.map(scalar).join(", ");
    return value.length === 0 ? "none" : text.length <= 80 ? text : null;
  }
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? "none" : null;
  return scalar(value);
}

function scalar(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
