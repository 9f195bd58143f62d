/** One line of /proc/PID/uid_map or gid_map (user_namespaces(7)): ids inside, ids outside as the reader sees them, how many. */
export interface IdMapLine {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Parses a uid_map or gid_map; [] when nothing was written to it yet. */
export function parseIdMap(text: string): readonly IdMapLine[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((numbers) => numbers.length === 3 && numbers.every(Number.isFinite))
    .map(([inside = 0, outside = 0, count = 0]) => ({ inside, outside, count }));
}

/** The text to write. */
export function formatIdMap(lines: readonly IdMapLine[]): string {
  return lines.map((line) => `${line.inside} ${line.outside} ${line.count}\n`).join("");
}

/** The id outside that `inside` is, or null where it is not mapped. */
export function toOutside(lines: readonly IdMapLine[], inside: number): number | null {
  const line = lines.find((one) => inside >= one.inside && inside < one.inside + one.count);
  return line === undefined ? null : line.outside + inside - line.inside;
}

/** Whether this is the initial map: every id is itself. */
export function isIdentity(lines: readonly IdMapLine[]): boolean {
  const [line] = lines;
  return line !== undefined && line.inside === 0 && line.outside === 0 && line.count === 4294967295;
}
