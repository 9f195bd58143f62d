/** What a control group may read from and write to one disk in a second: bytes and operations; null is no limit. */
export interface IoRates {
  readonly read_bps: number | null;
  readonly write_bps: number | null;
  readonly read_iops: number | null;
  readonly write_iops: number | null;
}

/** The four rates in one order, each with its key in io.max (v2) and its file (v1). */
export const ioRates = [
  { name: "read_bps", key: "rbps", file: "blkio.throttle.read_bps_device" },
  { name: "write_bps", key: "wbps", file: "blkio.throttle.write_bps_device" },
  { name: "read_iops", key: "riops", file: "blkio.throttle.read_iops_device" },
  { name: "write_iops", key: "wiops", file: "blkio.throttle.write_iops_device" },
] as const;

const none: IoRates = { read_bps: null, write_bps: null, read_iops: null, write_iops: null };

/** Parses io.max: a line for each disk, by `MAJOR:MINOR`. */
export function parseIoMax(text: string): ReadonlyMap<string, IoRates> {
  const found = new Map<string, IoRates>();
  for (const line of text.split("\n")) {
    const [device = "", ...pairs] = line.trim().split(/\s+/);
    if (device === "") continue;
    const values = new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
    const rate = (key: string) => (/^\d+$/.test(values.get(key) ?? "") ? Number(values.get(key)) : null);
    found.set(device, { read_bps: rate("rbps"), write_bps: rate("wbps"), read_iops: rate("riops"), write_iops: rate("wiops") });
  }
  return found;
}

/** Parses the four throttle files of v1, in the order of `ioRates`: a line for each disk that has a limit. */
export function parseThrottles(texts: readonly string[]): ReadonlyMap<string, IoRates> {
  const found = new Map<string, IoRates>();
  for (const [index, { name }] of ioRates.entries()) {
    for (const line of (texts[index] ?? "").split("\n")) {
      const [, device, value] = /^(\d+:\d+) (\d+)$/.exec(line.trim()) ?? [];
      if (device !== undefined) found.set(device, { ...(found.get(device) ?? none), [name]: Number(value) });
    }
  }
  return found;
}
