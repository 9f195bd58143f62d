import { totalMemory } from "../kernel/proc.ts";
import type { Limits, Quantity } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Hierarchy, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress } from "./keeper.ts";

/** The four limits; bytes, bytes, processors, processes. Infinity is no limit. */
export type LimitName = keyof Limits;
const limitNames: readonly LimitName[] = ["memory", "memory_swap", "cpus", "pids"];

const page = 4096;
/** cpu.cfs_period_us and the second number of cpu.max, in microseconds. */
const period = 100_000;

/** Limits of an environment's control group, on v1, v2 or both at once: each controller where it is. */
export const limits: Resource<number> = {
  name: "limits",
  stage: "assembly",
  path: (key) => `resources.limits.${key}`,
  facts: (scope) => ["host/meminfo", "host/cpus", ...limitNames.flatMap((name) => files(scope, name).map((file) => file.fact))],
  want(scope, facts) {
    const wanted = new Map<string, number>();
    for (const name of limitNames) {
      const quantity = scope.environment.resources.limits[name];
      if (quantity !== null && enforceable(scope, name, facts)) wanted.set(name, resolve(name, quantity, facts));
    }
    return wanted;
  },
  have(scope, facts) {
    const found = new Map<string, number>();
    for (const name of limitNames) {
      const value = read(scope, name, facts);
      if (value !== null && Number.isFinite(value)) found.set(name, value);
    }
    return found;
  },
  needs: (scope) => [namespacesAddress(scope.name)],
  compare: (want, have) => (want === have ? [] : [{ field: "", want: String(want), have: String(have) }]),
  seen: ({ scope, key, facts }) =>
    files(scope, limitNamed(key))
      .map(({ path, fact }) => `${path}: ${text(facts, fact)?.trim() ?? "not there"}`)
      .join("; "),
  describe: (value) => String(value),
  create: ({ scope, key, want, facts }) => write(scope, { name: limitNamed(key), value: want, facts }),
  update: ({ scope, key, want, facts }) => write(scope, { name: limitNamed(key), value: want, facts }),
  remove: ({ scope, key, facts }) => write(scope, { name: limitNamed(key), value: Number.POSITIVE_INFINITY, facts }),
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

interface LimitFile {
  readonly fact: string;
  readonly path: string;
  readonly hierarchy: Hierarchy;
  readonly file: string;
}

const controllerOf: Record<LimitName, string> = { memory: "memory", memory_swap: "memory", cpus: "cpu", pids: "pids" };
const v1Files: Record<LimitName, readonly string[]> = {
  memory: ["memory.limit_in_bytes"],
  memory_swap: ["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"],
  cpus: ["cpu.cfs_quota_us", "cpu.cfs_period_us"],
  pids: ["pids.max"],
};
const v2Files: Record<LimitName, readonly string[]> = {
  memory: ["memory.max"],
  memory_swap: ["memory.swap.max"],
  cpus: ["cpu.max"],
  pids: ["pids.max"],
};

/** The files of one limit in the hierarchy that has its controller; [] where none has. */
function files(scope: Scope, name: LimitName): readonly LimitFile[] {
  const controller = controllerOf[name];
  const group = scope.places.cgroups.find(({ hierarchy }) => hierarchy.controllers.includes(controller));
  if (group === undefined) return [];
  const { hierarchy } = group;
  return (hierarchy.version === 1 ? v1Files : v2Files)[name].map((file) => ({
    fact: `cgroup/${controller}/${file}`,
    path: `${group.path}/${file}`,
    hierarchy,
    file,
  }));
}

/**
 * Before the group exists its files cannot be asked: the hierarchy's having the controller is taken for yes, but for swap on v1, whose file only exists
 * where swap accounting is on, the hierarchy's root is asked.
 */
function enforceable(scope: Scope, name: LimitName, facts: Facts): boolean {
  const [first] = files(scope, name);
  if (first === undefined) return false;
  return scope.keeper === null || !scope.keeper.assembled || text(facts, first.fact) !== null;
}

function read(scope: Scope, name: LimitName, facts: Facts): number | null {
  const values = files(scope, name).map((file) => text(facts, file.fact)?.trim() ?? null);
  const [first, second] = values;
  if (first === null || first === undefined) return null;
  const v1 = files(scope, name)[0]?.hierarchy.version === 1;
  switch (name) {
    case "memory":
      return bytes(first);
    case "memory_swap":
      return v1 && Number.isFinite(bytes(first)) ? bytes(first) - bytes(second ?? "0") : bytes(first);
    case "cpus": {
      const [quota, length] = v1 ? [first, second ?? ""] : first.split(" ");
      return quota === "max" || quota === "-1" ? Number.POSITIVE_INFINITY : Number(quota) / Number(length);
    }
    case "pids":
      return first === "max" ? Number.POSITIVE_INFINITY : Number(first);
  }
}

// v1 shows "no limit" as the largest number of pages that it can count.
function bytes(value: string): number {
  const number = Number(value);
  return value === "max" || number > 2 ** 62 ? Number.POSITIVE_INFINITY : number;
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
  return [
    { type: "write", title: `limit ${name} ${value}`, path: first.path, content: content(scope, { name, value, facts }), to: "kernel" },
  ];
}

function content(scope: Scope, { name, value, facts }: Setting): string {
  const v1 = files(scope, name)[0]?.hierarchy.version === 1;
  if (!Number.isFinite(value)) return v1 && name !== "pids" ? "-1" : name === "cpus" ? `max ${period}` : "max";
  if (name === "cpus") return v1 ? String(Math.round(value * period)) : `${Math.round(value * period)} ${period}`;
  // v1 limits memory and swap together.
  if (name === "memory_swap" && v1) return String(value + memoryOf(scope, facts));
  return String(value);
}

function memoryOf(scope: Scope, facts: Facts): number {
  const memory = scope.environment?.resources.limits.memory;
  return memory === null || memory === undefined ? 0 : resolve("memory", memory, facts);
}
