import type { IdMapping, Users } from "../model/environment.ts";
import type { Mapping, Users as WrittenUsers } from "../model/manifest.gen.ts";
import type { Reading } from "./reading.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

/** How many ids the range of `auto` has. */
const autoCount = 65_536;

/** The last id that there is; the one after it means "none". */
export const lastId = 4_294_967_294;

/** `users` as it is written; null where it is not. */
export function readUsers(reading: Reading, written: WrittenUsers | undefined): Users | null {
  if (written === undefined) return null;
  const at = inside(reading.at, "users");
  const mode = typeof written === "string" ? written : written.mode;
  if (mode === "host") return { mode };
  if (typeof written === "string" || mode !== "map") return { mode: "auto" };
  const { uid_mappings = [], gid_mappings = [] } = written;
  return {
    mode,
    uid_mappings: readMappings(reading, inside(at, "uid_mappings"), uid_mappings),
    gid_mappings: readMappings(reading, inside(at, "gid_mappings"), gid_mappings),
  };
}

function readMappings(reading: Reading, at: Pointer, written: readonly Mapping[]): readonly IdMapping[] {
  const mappings = written.map(({ inside: first = 0, outside = 0, count = 1 }) => ({ inside: first, outside, count }));
  if (mappings.length === 0 || reading.findings.marked(at)) return mappings;
  const { findings } = reading;
  if (!mappings.some(({ inside: first }) => first === 0)) {
    findings.report({
      code: "manifest/id-range",
      at,
      on: "key",
      message: "no range begins with id 0 inside, so that there would be no root",
    });
  }
  for (const [index, mapping] of mappings.entries()) {
    if (mapping.inside + mapping.count - 1 > lastId || mapping.outside + mapping.count - 1 > lastId) {
      findings.report({ code: "manifest/id-range", at: inside(at, index), message: `the range goes beyond the last id, ${lastId}` });
    }
  }
  for (const side of ["inside", "outside"] as const) {
    const overlap = firstOverlap(mappings.map((mapping, index) => ({ start: mapping[side], count: mapping.count, index })));
    if (overlap === null) continue;
    const [first, second] = overlap;
    const also = [{ message: "with this one", at: inside(at, first.index) }];
    findings.report({ code: "manifest/id-overlap", at: inside(at, second.index), message: `two ranges overlap ${side}`, also });
  }
  return mappings;
}

interface Range {
  readonly start: number;
  readonly count: number;
}

/** The first two ranges, by their start, that have an id in common; null where none have. */
export function firstOverlap<R extends Range>(ranges: readonly R[]): readonly [R, R] | null {
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  for (const [index, range] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && before.start + before.count > range.start) return [before, range];
  }
  return null;
}

/** An id inside, and of which kind it is. */
export interface UsedId {
  readonly id: number;
  readonly kind: "uid_mappings" | "gid_mappings";
  readonly users: Users;
}

/** Tells an id that is nobody in the environment. */
export function checkId({ findings, at }: Reading, where: Pointer, { id, kind, users }: UsedId): void {
  if (users.mode === "host" || findings.marked(inside(at, "users"))) return;
  const ranges = users.mode === "auto" ? [{ inside: 0, count: autoCount }] : users[kind];
  if (ranges.length === 0 || ranges.some((range) => id >= range.inside && id < range.inside + range.count)) return;
  const hint = `users gives it ${ranges.map(rangeText).join(", ")}`;
  findings.report({ code: "manifest/id-range", at: where, message: `id ${id} is not among the environment's ids`, hint });
}

/** The same of a numeric user and group, `USER` or `USER:GROUP`; names are looked up inside, later. */
export function checkUser(reading: Reading, user: string, users: Users): void {
  const [uid = "", gid = ""] = user.split(":");
  const at = inside(reading.at, "user");
  if (/^\d+$/.test(uid)) checkId(reading, at, { id: Number(uid), kind: "uid_mappings", users });
  if (/^\d+$/.test(gid)) checkId(reading, at, { id: Number(gid), kind: "gid_mappings", users });
}

function rangeText({ inside: first, count }: { readonly inside: number; readonly count: number }): string {
  return `${first} to ${first + count - 1}`;
}
