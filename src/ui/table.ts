import { pad, width } from "./width.ts";

/** Titles and rows as lines whose columns stand below each other, two spaces apart. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => width(row[index] ?? ""))));
  return rows.map((cells) =>
    cells
      .map((cell, index) => (index === cells.length - 1 ? cell : pad(cell, widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
