import type { MountLine } from "../kernel/mountinfo.ts";
import { locate, parseMountinfo, stacked } from "../kernel/mountinfo.ts";
import { binfmtPlace } from "../model/architecture.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";

/** The six device nodes that every /dev of ours has, bound from the host's. */
export const deviceNames = ["full", "null", "random", "tty", "urandom", "zero"] as const;

const deviceTargets: ReadonlySet<string> = new Set(deviceNames.map((name) => `/dev/${name}`));

/** Which resource a line of an environment's mount table belongs to. */
export type MountRole = "root" | "device" | "mask" | "read-only-path" | "interpreter" | "mount";

/** One place of an environment's mount table. */
export interface MountedPlace {
  /** What lies on top there. */
  readonly line: MountLine;
  readonly role: MountRole;
  /** Whether the lowest has that role itself. */
  readonly isOwn: boolean;
  /** How many lie there, one on top of the other. */
  readonly depth: number;
  /** Where there are several, the lowest of them. */
  readonly lowest: MountLine | null;
  /** Whether something is mounted on one of those above the lowest. */
  readonly burdened: boolean;
}

/** The mounts of each target. Everything in an environment's mount table is ours: a line that nobody wants is drift. */
export function mountTable(facts: Facts): ReadonlyMap<string, MountedPlace> {
  const lines = parseMountinfo(text(facts, "keeper/mountinfo") ?? "");
  const known = tables.get(lines);
  if (known !== undefined) return known;
  const made = tableOf(lines);
  tables.set(lines, made);
  return made;
}

/** One table is asked for by every kind of resource that stands in it. */
const tables = new WeakMap<readonly MountLine[], ReadonlyMap<string, MountedPlace>>();

function tableOf(lines: readonly MountLine[]): ReadonlyMap<string, MountedPlace> {
  const table = new Map<string, MountLine[]>();
  for (const line of lines) {
    const there = table.get(line.target);
    if (there === undefined) table.set(line.target, [line]);
    else there.push(line);
  }
  return new Map([...table].flatMap(([target, there]) => placeOf(target, stacked(there), lines)));
}

function placeOf(target: string, stack: readonly MountLine[], lines: readonly MountLine[]): readonly [string, MountedPlace][] {
  const line = stack.at(-1);
  if (line === undefined) return [];
  const above = new Set(stack.slice(1).map(({ id }) => id));
  const burdened = above.size > 0 && lines.some((one) => one.target !== target && above.has(one.parent));
  const lowest = above.size > 0 ? (stack[0] ?? null) : null;
  // What lies on a cover of ours does not make it anything else.
  const own = lowest === null ? "mount" : role(lowest, lines);
  const isOwn = lowest === null || own !== "mount";
  return [[target, { line, role: own === "mount" ? role(line, lines) : own, isOwn, depth: stack.length, lowest, burdened }]];
}

function role(line: MountLine, lines: readonly MountLine[]): MountRole {
  if (line.target === "/") return "root";
  if (line.fstype === "devtmpfs") return line.root === "/null" && !deviceTargets.has(line.target) ? "mask" : "device";
  if (line.fstype === "tmpfs" && line.source === "mask") return "mask";
  if (line.fstype === "binfmt_misc" && line.target === binfmtPlace) return "interpreter";
  if ((line.fstype === "proc" || line.fstype === "sysfs") && line.root !== "/") return "read-only-path";
  return isOverItself(line, lines) ? "read-only-path" : "mount";
}

/** What a read-only path of the root looks like; all four flags on a bind of what lies there anyway is nothing that a manifest's mounts are for. */
function isOverItself(line: MountLine, lines: readonly MountLine[]): boolean {
  if (!["ro", "nosuid", "nodev", "noexec"].every((flag) => line.options.includes(flag))) return false;
  const covered = lines.find(({ id }) => id === line.parent);
  const below = covered === undefined ? null : locate([covered], line.target);
  return below !== null && below.device === line.device && below.root === line.root;
}

/** The per-mount flags of a line, in the manifest's words, sorted; `relatime` is the kernel's default and left out. */
export function mountFlags(line: MountLine): readonly string[] {
  return line.options.filter((option) => knownFlags.has(option)).sort();
}

/** `private`, or the kernel's own words: `shared:5 master:2`, `unbindable`. */
export function mountPropagation({ propagation }: MountLine): string {
  return propagation.join(" ") || "private";
}

const knownFlags = new Set(["ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow"]);
