import type { Difference } from "../model/resource.ts";

/** One part of a network: what is to be said of it, field by field; of a list one to a line, sorted. */
export type Part = Readonly<Record<string, string>>;

/** The value of a field that is a list. */
export function listed(values: readonly string[]): string {
  return [...values].sort().join("\n");
}

/** The list that a field holds; none where there is no such field. */
export function linesOf(part: Part | null, field: string): readonly string[] {
  return (part?.[field] ?? "").split("\n").filter((line) => line !== "");
}

/** What a field holds beside what is wanted. */
export function extraIn(part: Part | null, field: string, wanted: readonly string[]): readonly string[] {
  return beyond(linesOf(part, field), wanted);
}

/** The lines of one list that another has not, or has less often. */
function beyond(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** The fields that differ, of lists only what one of both has. */
export function compareParts(want: Part, have: Part): readonly Difference[] {
  const fields = [...new Set([...Object.keys(want), ...Object.keys(have)])];
  return fields.flatMap((field): readonly Difference[] => {
    const [wanted, found] = [linesOf(want, field), linesOf(have, field)];
    if (wanted.join() === found.join()) return [];
    const only = (lines: readonly string[], others: readonly string[]) => beyond(lines, others).join("; ") || "nothing more";
    return [{ field, want: only(wanted, found), have: only(found, wanted) }];
  });
}

/** A part in one line. */
export function describePart(part: Part): string {
  return Object.entries(part)
    .map(([field, value]) => `${field} ${value.replaceAll("\n", ", ")}`.trim())
    .join("; ");
}
