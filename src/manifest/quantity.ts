/** Bytes of a size (`64M`, `1.5GiB`, `1024`), or its percentage as written; null where it is neither or not positive. */
export function parseSize(text: string | number): number | `${number}%` | null {
  const match = /^([0-9]+(?:\.[0-9]+)?)(?:([kmgt])(?:i?b)?|b|(%))?$/i.exec(String(text));
  if (match === null) return null;
  const [, digits = "", unit = "b", percent] = match;
  const amount = Number(digits);
  if (percent !== undefined) return percentage(amount);
  const bytes = Math.floor(amount * 1024 ** "bkmgt".indexOf(unit.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Processors of `1.5`, `500m` or `"1.5"`, or their percentage as written; null where it is none of them or less than a hundredth. */
export function parseCpus(text: string | number): number | `${number}%` | null {
  const match = /^([0-9]+(?:\.[0-9]+)?)([m%]?)$/.exec(String(text));
  if (match === null) return null;
  const [, digits = "", unit = ""] = match;
  if (unit === "%") return percentage(Number(digits));
  const cpus = unit === "m" ? Number(digits) / 1000 : Number(digits);
  return cpus >= 0.01 && cpus <= 65_536 ? cpus : null;
}

function percentage(amount: number): `${number}%` | null {
  return amount > 0 && amount <= 100 ? `${amount}%` : null;
}

const units = ["T", "G", "M", "K"] as const;

/** A size in the shortest form that says it exactly (`64M`, `1536M`, `1000`). */
export function formatSize(bytes: number): string | number {
  for (const [index, unit] of units.entries()) {
    const factor = 1024 ** (units.length - index);
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return bytes;
}

const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const mostDurationMs = 366 * 24 * durationUnits.h;

/** Seconds of a length of time (`10s`, `1m30s`, or their number); null where it is none, or more than a year. */
export function parseDuration(text: string | number): number | null {
  if (typeof text === "number") return text;
  if (!/^(\d+(ms|s|m|h))+$/.test(text)) return null;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smh])/g)) ms += Number(amount) * (isUnit(unit) ? durationUnits[unit] : 0);
  return ms <= mostDurationMs ? ms / 1000 : null;
}

function isUnit(unit: string | undefined): unit is keyof typeof durationUnits {
  return unit !== undefined && Object.hasOwn(durationUnits, unit);
}

/** A length of time in the largest unit that says it exactly (`90s`, `500ms`). */
export function formatDuration(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const unit = (["h", "m", "s"] as const).find((one) => ms > 0 && ms % durationUnits[one] === 0) ?? (ms === 0 ? "s" : "ms");
  return `${ms / durationUnits[unit]}${unit}`;
}
