import type { Place } from "../model/diagnostic.ts";

/** One manifest file: the name that messages give it, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Of one that another includes: the real path of the directory that holds it, where its relative paths start. */
  readonly directory?: string;
  /** The names of the files that its environments extend, by their paths as it writes them. */
  readonly bases?: Readonly<Record<string, string>>;
}

/** From offsets into a source's text to a place; what ends on a later line is cut at the end of its first. */
export type Placer = (start: number, end: number) => Place;

/** The placer of one source. */
export function placerOf({ path, text }: Source): Placer {
  const starts = lineStarts(text);
  return (start, end) => {
    const line = lineAt(starts, start);
    const lineStart = starts[line] ?? 0;
    const lineEnd = (starts[line + 1] ?? text.length + 1) - 1;
    return { file: path, line: line + 1, column: start - lineStart + 1, length: Math.max(1, Math.min(end, lineEnd) - start) };
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
