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
