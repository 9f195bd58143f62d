import type { IoLimit } from "../model/environment.ts";
import type { Io as WrittenIo } from "../model/manifest.gen.ts";
import { parseSize } from "./quantity.ts";
import type { Reading } from "./reading.ts";
import { checkPath } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

/** The limits of disks by their paths, sorted; which disk a path means shows only on the machine. */
export function readIo(reading: Reading, at: Pointer, written: Readonly<Record<string, WrittenIo>> = {}): Record<string, IoLimit> {
  const limits = Object.entries(written).flatMap(([path, rates]): readonly (readonly [string, IoLimit])[] => {
    const here = inside(at, path);
    // One that is not absolute is told by the schema.
    if (!path.startsWith("/") || !checkPath(reading, here, path)) return [];
    return [
      [
        path,
        {
          read_bps: readRate(reading, inside(here, "read_bps"), rates.read_bps),
          write_bps: readRate(reading, inside(here, "write_bps"), rates.write_bps),
          read_iops: rates.read_iops ?? null,
          write_iops: rates.write_iops ?? null,
        },
      ],
    ];
  });
  return Object.fromEntries(limits.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readRate({ findings }: Reading, at: Pointer, written: string | number | undefined): number | null {
  if (written === undefined) return null;
  const bytes = parseSize(written);
  if (typeof bytes === "number" && bytes > 0) return bytes;
  findings.report({ code: "manifest/out-of-range", at, message: `${quoted(String(written))} is no amount that can be a limit` });
  return null;
}
