import type { Diagnostic, Place } from "../model/diagnostic.ts";
import { printable, printableLines } from "./printable.ts";
import type { Style } from "./style.ts";
import { styleFor } from "./style.ts";
import { width } from "./width.ts";

/** Columns of a source line that a frame shows. */
const frameColumns = 96;
const causeLines = 12;

/**
 * Diagnostics for people, a blank line between them, each with its place and the line that it is about. `sources` holds the texts of
 * the files by the names that places use; a place in a file that is not there has no frame. Ends in a line break unless empty.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: { readonly color: boolean },
): string {
  const style = styleFor(options.color);
  return diagnostics.map((diagnostic) => `${renderOne(diagnostic, sources, style).join("\n")}\n`).join("\n");
}

function renderOne(diagnostic: Diagnostic, sources: ReadonlyMap<string, string>, style: Style): string[] {
  const { at, hint } = diagnostic;
  const paint = diagnostic.severity === "error" ? style.red : style.yellow;
  const lines = [`${paint(`${diagnostic.severity} ${diagnostic.code}:`)} ${style.bold(printable(diagnostic.message))}`];
  const frame = at === undefined ? [] : renderFrame({ at, note: hint ?? "", sources, paint });
  if (at !== undefined) lines.push(`  ${place(at, style)}`, ...frame);
  if (hint !== undefined && frame.length === 0) lines.push(`  hint: ${printable(hint)}`);
  for (const other of diagnostic.also ?? []) {
    lines.push(`  ${place(other.at, style)} ${printable(other.message)}`);
    lines.push(...renderFrame({ at: other.at, note: "", sources, paint: style.cyan }));
  }
  if (diagnostic.cause !== undefined && diagnostic.cause !== "") lines.push(...renderCause(diagnostic.cause, style));
  return lines;
}

function place(at: Place, style: Style): string {
  return style.cyan(`${printable(at.file)}:${at.line}:${at.column}`);
}

interface Frame {
  readonly at: Place;
  /** Said behind the carets. */
  readonly note: string;
  readonly sources: ReadonlyMap<string, string>;
  readonly paint: (text: string) => string;
}

function renderFrame({ at, note, sources, paint }: Frame): string[] {
  const source = lineOf(sources.get(at.file) ?? "", at.line);
  if (source === null || !sources.has(at.file)) return [];
  const start = at.column - 1;
  const end = Math.max(start + 1, start + (at.length ?? 1));
  // A long line is cut around the place, which is what matters of it.
  const from = end <= frameColumns ? 0 : Math.max(0, start - Math.floor(frameColumns / 2));
  const before = (from > 0 ? "..." : "") + shown(source.slice(from, start));
  const marked = shown(source.slice(start, Math.min(end, from + frameColumns)));
  const after = shown(source.slice(end, from + frameColumns)) + (source.length > from + frameColumns ? "..." : "");
  const number = String(at.line);
  const carets = "^".repeat(Math.max(1, width(marked)));
  const said = note === "" ? "" : ` ${printable(note)}`;
  return [
    `  ${number} | ${before}${marked}${after}`.trimEnd(),
    `  ${" ".repeat(number.length)} | ${" ".repeat(width(before))}${paint(carets + said)}`,
  ];
}

/** One line of a text, found without making all of them: a file may have 262,000, and a hundred problems. */
function lineOf(text: string, line: number): string | null {
  let start = 0;
  for (let before = 1; before < line; before += 1) {
    start = text.indexOf("\n", start) + 1;
    if (start === 0) return null;
  }
  const end = text.indexOf("\n", start);
  return text.slice(start, end === -1 ? undefined : end).replace(/\r$/, "");
}

function shown(text: string): string {
  return printable(text.replaceAll("\t", "  "));
}

function renderCause(cause: string, style: Style): string[] {
  const lines = printableLines(cause);
  const dropped = lines.length - causeLines;
  const last = dropped > 0 ? [`(${dropped} lines before)`, ...lines.slice(-causeLines)] : lines;
  return last.map((line) => style.dim(`  > ${line}`));
}
