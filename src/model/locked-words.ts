/** By code units. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** A map. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One line. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && ![...value].some((one) => one < " " || one === "\x7f");
}

/** A list of lines. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Seconds since 1970. */
export function isEpoch(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** What has no character that means anything to a shell. */
export function isWord(value: unknown): value is string {
  return isText(value) && /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/.test(value);
}

/** sha256, in hex. */
export function isDigest(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}
