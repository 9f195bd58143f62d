import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";

/** A list of processors or memory nodes in its shortest form (`0-1,3` for `1,0,3`); null is all of them. Which there are shows only on the machine. */
export function readCpuset({ findings }: Reading, at: Pointer, written: string | number | undefined): string | null {
  if (written === undefined) return null;
  const ranges = String(written)
    .split(",")
    .map((part) => part.split("-").map(Number))
    .map(([first = 0, last = first]) => ({ first, last }));
  const backward = ranges.find(({ first, last }) => first > last || last > most);
  if (backward === undefined) return joined(ranges);
  const { first, last } = backward;
  const message = last > most ? `${last} is more than any number that can be` : `${quoted(`${first}-${last}`)} is no range`;
  findings.report({ code: "manifest/out-of-range", at, message, ...(first > last ? { hint: `write ${last}-${first}` } : {}) });
  return null;
}

/** The kernel takes no higher number on any machine. */
const most = 65_535;

interface Range {
  readonly first: number;
  readonly last: number;
}

function joined(ranges: readonly Range[]): string {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}
