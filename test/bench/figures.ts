/** One line of the bench: what was measured against what, and the two bars that it is held to. */
export interface Figure {
  readonly name: string;
  /** Median milliseconds of the command. */
  readonly ms: number;
  /** Median milliseconds of what it is compared with, taken in turns with it. */
  readonly baseMs: number;
  /** `at most`: ms / baseMs; `at least`: baseMs / ms, how many times faster it is; `added`: ms - baseMs, in milliseconds. */
  readonly kind: "at most" | "at least" | "added";
  /** The bar of this version, and the one that the project is on its way to. */
  readonly bar: number;
  readonly goal: number;
}

/** What the bars are about: a ratio, as only ratios of one run travel to another machine, or the milliseconds that something adds. */
export function ratio({ ms, baseMs, kind }: Figure): number {
  switch (kind) {
    case "at most":
      return ms / baseMs;
    case "at least":
      return baseMs / ms;
    case "added":
      return ms - baseMs;
  }
}

/** Whether a figure reaches a bar. */
export function reaches(figure: Figure, bar: number): boolean {
  return figure.kind === "at least" ? ratio(figure) >= bar : ratio(figure) <= bar;
}

/** The figures as a table of Markdown, with columns of one width. */
export function table(figures: readonly Figure[]): string {
  const head = ["what", "ms", "compared with, ms", "ratio", "bar", "goal"];
  const rows = figures.map((figure) => [
    figure.name,
    figure.ms.toFixed(1),
    figure.baseMs.toFixed(1),
    figure.kind === "added" ? `${ratio(figure).toFixed(1)} ms more` : ratio(figure).toFixed(2),
    ...[figure.bar, figure.goal].map(
      (bar) =>
        `${figure.kind === "at least" ? ">=" : "<="} ${bar}${figure.kind === "added" ? " ms" : ""} ${reaches(figure, bar) ? "yes" : "**no**"}`,
    ),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** The middle one; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}
