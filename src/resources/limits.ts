import { parseFlatCounts, totalMemory } from "../kernel/proc.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Quantity } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { cgroupsAddress, memberFact } from "./cgroups.ts";
import type { Controlled, GroupFile } from "./group-files.ts";
import { groupFiles, groupWrite, isGrouped } from "./group-files.ts";
import { namespacesAddress } from "./keeper.ts";

/** The limits that are one number: bytes, bytes, processors, processes. Infinity is no limit. */
const limitNames = ["memory", "memory_swap", "cpus", "pids"] as const;
export type LimitName = (typeof limitNames)[number];

/** A limit as the kernel has it. */
export interface FoundLimit {
  readonly value: number;
  /** v1 counts memory and swap together: what is swap of that beside the memory that is wanted, not the one that there is. */
  readonly beside: number;
  /** The kernel's own text. */
  readonly line: string;
}

const page = 4096;
/** cpu.cfs_period_us and the second number of cpu.max, in microseconds. */
const period = 100_000;
const none = Number.POSITIVE_INFINITY;

/** Limits of an environment's control group, on v1, v2 or both at once: each controller where it is. */
export const limits: Resource<number, FoundLimit> = {
  name: "limits",
  stage: "assembly",
  confines: true,
  path: (key) => `resources.limits.${key}`,
  facts: (scope) => [
    ...[memberFact, "host/meminfo", "host/cpus", ...limitNames.flatMap((name) => files(scope, name).map(({ fact }) => fact))],
    ...(isVersion1(scope, "memory_swap") ? [`hierarchy/memory/${v1Swap}`] : []),
    ...(scope.environment?.resources.limits.memory == null ? [] : usageFacts),
  ],
  want(scope, facts) {
    const wanted = new Map<string, number>();
    for (const name of limitNames) {
      const quantity = scope.environment.resources.limits[name];
      if (quantity !== null && enforceable(scope, name, facts)) wanted.set(name, resolve(name, quantity, facts));
    }
    return wanted;
  },
  have(scope, facts) {
    const found = new Map<string, FoundLimit>();
    for (const name of limitNames) {
      const value = read(scope, name, facts);
      if (value === null || !Number.isFinite(value)) continue;
      const beside = name === "memory_swap" && isVersion1(scope, name) ? totalOf(scope, facts) - wantedMemory(scope, facts) : value;
      found.set(name, { value, beside, line: lineOf(files(scope, name), facts) });
    }
    return found;
  },
  needs: (scope, key) => [
    ...[namespacesAddress(scope.name), cgroupsAddress(scope.name)],
    ...(key === "memory_swap" ? [`${scope.name}.${limits.path("memory", scope)}`] : []),
  ],
  compare: (want, { value, beside, line }) =>
    want === value || want === beside ? [] : [{ field: "", want: String(want), have: String(value), evidence: line }],
  seen: ({ scope, key, facts }) => lineOf(files(scope, limitNamed(key)), facts),
  describe: (value) => String(typeof value === "number" ? value : value.value),
  evidence: ({ line }) => line,
  create: ({ scope, key, want, facts }) => write(scope, { name: limitNamed(key), value: want, facts }),
  update: ({ scope, key, want, facts }) => write(scope, { name: limitNamed(key), value: want, facts }),
  remove: ({ scope, key, facts }) => write(scope, { name: limitNamed(key), value: none, facts }),
  hazard: ({ scope, key, want, facts }) => (key === "memory" ? belowUse(scope, want, facts) : null),
};

/** The limits that were asked for and that no controller here can enforce. */
export function unenforceable(scope: Scope, facts: Facts): readonly LimitName[] {
  const wanted = scope.environment?.resources.limits;
  return wanted === undefined ? [] : limitNames.filter((name) => wanted[name] !== null && !enforceable(scope, name, facts));
}

function limitNamed(key: string): LimitName {
  const name = limitNames.find((one) => one === key);
  if (name === undefined) throw new Error(`no limit ${key}`);
  return name;
}

const v1Swap = "memory.memsw.limit_in_bytes";

const controlled: Record<LimitName, Controlled> = {
  memory: { v1: { controller: "memory", files: ["memory.limit_in_bytes"] }, v2: { controller: "memory", files: ["memory.max"] } },
  memory_swap: {
    v1: { controller: "memory", files: [v1Swap, "memory.limit_in_bytes"] },
    v2: { controller: "memory", files: ["memory.swap.max"] },
  },
  cpus: { v1: { controller: "cpu", files: ["cpu.cfs_quota_us", "cpu.cfs_period_us"] }, v2: { controller: "cpu", files: ["cpu.max"] } },
  pids: { v1: { controller: "pids", files: ["pids.max"] }, v2: { controller: "pids", files: ["pids.max"] } },
};

function files(scope: Scope, name: LimitName): readonly GroupFile[] {
  return groupFiles(scope, controlled[name])?.files ?? [];
}

function isVersion1(scope: Scope, name: LimitName): boolean {
  return groupFiles(scope, controlled[name])?.hierarchy.version === 1;
}

/**
 * Before the group exists its files cannot be asked: the hierarchy's having the controller is taken for yes, but for swap on v1, whose file only exists
 * where swap accounting is on: the hierarchy's root is asked.
 */
function enforceable(scope: Scope, name: LimitName, facts: Facts): boolean {
  const [first] = files(scope, name);
  if (first === undefined) return false;
  if (isGrouped(scope, groupFiles(scope, controlled[name])?.hierarchy, facts)) return text(facts, first.fact) !== null;
  return name !== "memory_swap" || !isVersion1(scope, name) || text(facts, `hierarchy/memory/${v1Swap}`) !== null;
}

function read(scope: Scope, name: LimitName, facts: Facts): number | null {
  const values = files(scope, name).map((file) => text(facts, file.fact)?.trim() ?? null);
  const [first, second] = values;
  if (first === null || first === undefined) return null;
  switch (name) {
    case "memory":
      return bytes(first);
    case "memory_swap":
      return isVersion1(scope, name) && Number.isFinite(bytes(first)) ? bytes(first) - bytes(second ?? "0") : bytes(first);
    case "cpus": {
      const [quota, length] = isVersion1(scope, name) ? [first, second ?? ""] : first.split(" ");
      return quota === "max" || quota === "-1" ? none : Number(quota) / Number(length);
    }
    case "pids":
      return first === "max" ? none : Number(first);
  }
}

function lineOf(of: readonly GroupFile[], facts: Facts): string {
  return of.map(({ path, fact }) => `${path}: ${text(facts, fact)?.trim() ?? "not there"}`).join("; ");
}

// v1 shows "no limit" as the largest number of pages that it can count.
function bytes(value: string): number {
  const number = Number(value);
  return value === "max" || number > 2 ** 62 ? none : number;
}

function resolve(name: LimitName, quantity: Quantity, facts: Facts): number {
  const amount = typeof quantity === "number" ? quantity : (Number.parseFloat(quantity) / 100) * whole(name, facts);
  // The kernel counts memory in pages and rounds down; processors in quota per period.
  if (name === "memory" || name === "memory_swap") return Math.floor(amount / page) * page;
  return name === "cpus" ? Math.round(amount * period) / period : Math.round(amount);
}

function whole(name: LimitName, facts: Facts): number {
  return name === "cpus" ? Number(text(facts, "host/cpus") ?? "1") : (totalMemory(text(facts, "host/meminfo") ?? "") ?? 0);
}

interface Setting {
  readonly name: LimitName;
  readonly value: number;
  readonly facts: Facts;
}

function write(scope: Scope, { name, value, facts }: Setting): readonly Step[] {
  const [first] = files(scope, name);
  if (first === undefined) return [];
  const own = groupWrite(`limit ${name} ${Number.isFinite(value) ? value : "none"}`, first.path, content(scope, { name, value, facts }));
  return name === "memory" ? withTotal(scope, own, { value, facts }) : [own];
}

function content(scope: Scope, { name, value, facts }: Setting): string {
  const v1 = isVersion1(scope, name);
  if (!Number.isFinite(value)) return v1 && name !== "pids" ? "-1" : name === "cpus" ? `max ${period}` : "max";
  if (name === "cpus") return v1 ? String(Math.round(value * period)) : `${Math.round(value * period)} ${period}`;
  // v1 limits memory and swap together.
  if (name === "memory_swap" && v1) return String(value + wantedMemory(scope, facts));
  return String(value);
}

/**
 * v1 refuses a limit of memory above that of memory and swap together (EINVAL), so that one is moved along: before it where it would be in the way, else after
 * it. Where there is none, or it is to stay, it is left alone.
 */
function withTotal(scope: Scope, own: Step, { value, facts }: Omit<Setting, "name">): readonly Step[] {
  const total = isVersion1(scope, "memory_swap") ? totalOf(scope, facts) : none;
  const wanted = scope.environment?.resources.limits.memory_swap ?? null;
  const swap = wanted === null ? none : resolve("memory_swap", wanted, facts);
  const [file] = files(scope, "memory_swap");
  if (!Number.isFinite(total) || total === value + swap || file === undefined) return [own];
  const moved = Number.isFinite(value + swap) ? String(value + swap) : "-1";
  const along = groupWrite(`limit memory and swap ${moved === "-1" ? "none" : moved}`, file.path, moved);
  return value <= total ? [own, along] : [along, own];
}

/** v1: memory and swap together, as the kernel has it. */
function totalOf(scope: Scope, facts: Facts): number {
  const [file] = isGrouped(scope, groupFiles(scope, controlled.memory_swap)?.hierarchy, facts) ? files(scope, "memory_swap") : [];
  const found = file === undefined ? null : text(facts, file.fact);
  return found === null ? none : bytes(found.trim());
}

function wantedMemory(scope: Scope, facts: Facts): number {
  const memory = scope.environment?.resources.limits.memory;
  return memory === null || memory === undefined ? 0 : resolve("memory", memory, facts);
}

const usageFacts = ["cgroup/memory/memory.current", "cgroup/memory/memory.usage_in_bytes", "cgroup/memory/memory.stat"];

/** Processes would be ended for want of memory: more is in use, without the files that the kernel only keeps at hand, than is to be allowed. */
function belowUse(scope: Scope, limit: number, facts: Facts): Diagnostic | null {
  const [current, usage, stat] = usageFacts.map((fact) => text(facts, fact));
  const used = Number(current ?? usage ?? "0");
  const counts = parseFlatCounts(stat ?? "");
  const files = counts.get("total_inactive_file") ?? counts.get("inactive_file") ?? 0;
  if (used - files <= limit) return null;
  return {
    code: "limits/in-use",
    severity: "error",
    message: `${scope.name}.resources.limits.memory is to be ${limit} bytes, less than is in use: processes could be ended for want of memory`,
    cause: `${used - files} bytes in use (${used} in all, ${files} of them could be given back)`,
    hint: "free some first, or let it happen: cloister apply --allow-oom",
  };
}
