import { formatCpuList, parseCpuList } from "../kernel/cpu-list.ts";
import { child } from "../model/address.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Resource, Scope } from "../model/resource.ts";
import { processNames } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { cgroupsAddress, memberFact } from "./cgroups.ts";
import { groupFiles, groupWrite, isGrouped } from "./group-files.ts";
import { namespacesAddress } from "./keeper.ts";
import { processPart } from "./process-state.ts";

/** What a group is bound to, in the kernel's shortest form. */
export interface FoundCpuset {
  readonly value: string;
  /** Where a group below it has something else (v1 only: there each group has its own), that. */
  readonly below: string | null;
  /** The kernel's own text. */
  readonly line: string;
}

const names = ["cpuset", "cpuset_mems"] as const;
export type CpusetName = (typeof names)[number];
const fileNames = { cpuset: "cpuset.cpus", cpuset_mems: "cpuset.mems" } as const;
const hostFacts = { cpuset: "host/processors", cpuset_mems: "host/nodes" } as const;

/** The groups of an environment's parts, which on v1 lie in the first hierarchy (see `ownGroup`) and take no wider set than the one above. */
function partsOf(scope: Scope): readonly string[] {
  return ["keeper", ...processNames(scope).map(processPart), "exec"];
}

/** The processors and memory nodes that an environment may use. None declared: all that the group above it has. */
export const cpuset: Resource<string, FoundCpuset> = {
  name: "cpuset",
  stage: "assembly",
  confines: true,
  path: (key) => `resources.${key}`,
  facts: (scope) => [memberFact, ...names.flatMap((name) => [hostFacts[name], ...factsOf(scope, name)])],
  want(scope, facts) {
    const wanted = new Map<string, string>();
    for (const name of names) {
      const list = scope.environment.resources[name];
      if (list !== null && isEnforceable(scope, name, facts)) wanted.set(name, list);
    }
    return wanted;
  },
  have(scope, facts) {
    const found = new Map<string, FoundCpuset>();
    for (const name of names) {
      const value = listOf(facts, factOf(scope, name));
      if (value === null || value === "") continue;
      const below = partFacts(scope, name).flatMap((fact) => listOf(facts, fact) ?? []);
      const other = below.find((list) => list !== value) ?? null;
      const isWhole = value === wholeOf(scope, name, facts) && other === null;
      // On v1 a group that is bound to nothing has what its parent has.
      if (isWhole && scope.environment?.resources[name] == null) continue;
      found.set(name, { value, below: other, line: `${fileNames[name]}: ${other ?? value}` });
    }
    return found;
  },
  needs: (scope) => [namespacesAddress(scope.name), cgroupsAddress(scope.name)],
  compare: (want, { value, below, line }) =>
    want === value && below === null ? [] : [{ field: "", want, have: value === want ? (below ?? value) : value, evidence: line }],
  describe: (value) => (typeof value === "string" ? value : value.value),
  evidence: ({ line }) => line,
  create: ({ scope, key, want, facts }) => write(scope, { name: named(key), list: want, facts }),
  update: ({ scope, key, want, facts }) => write(scope, { name: named(key), list: want, facts }),
  remove: ({ scope, key, facts }) => write(scope, { name: named(key), list: wholeOf(scope, named(key), facts), facts }),
};

/** What was asked for and no controller here can enforce. */
export function unboundCpusets(scope: Scope, facts: Facts): readonly CpusetName[] {
  return names.filter((name) => scope.environment?.resources[name] != null && !isEnforceable(scope, name, facts));
}

/** Processors and memory nodes that are asked for and are not there. */
export function cpusetProblems(scope: Scope, facts: Facts): readonly Diagnostic[] {
  return names.flatMap((name): readonly Diagnostic[] => {
    const wanted = parseCpuList(scope.environment?.resources[name] ?? "") ?? [];
    const online = parseCpuList(text(facts, hostFacts[name]) ?? "0") ?? [];
    // v1 allows no more than the group above has; before that is made, this is what the machine has.
    const above = isVersion1(scope, name) ? parseCpuList(text(facts, `parent/cpuset/${fileNames[name]}`) ?? "") : null;
    const there = above === null || above.length === 0 ? online : online.filter((number) => above.includes(number));
    const missing = formatCpuList(wanted.filter((number) => !there.includes(number)));
    if (missing === "") return [];
    const what = name === "cpuset" ? "processor" : "memory node";
    const message = `${child(child(scope.name, "resources"), name)}: this machine has no ${what} ${missing}`;
    return [{ code: "limits/not-there", severity: "error", message, hint: `it has ${formatCpuList(there)}` }];
  });
}

function named(key: string): CpusetName {
  const name = names.find((one) => one === key);
  if (name === undefined) throw new Error(`no cpuset ${key}`);
  return name;
}

function grouped(scope: Scope, name: CpusetName) {
  const one = { controller: "cpuset", files: [fileNames[name]] };
  return groupFiles(scope, { v1: one, v2: one });
}

function isVersion1(scope: Scope, name: CpusetName): boolean {
  return grouped(scope, name)?.hierarchy.version === 1;
}

function factOf(scope: Scope, name: CpusetName): string | null {
  return grouped(scope, name)?.files[0]?.fact ?? null;
}

/** Only where the parts' groups are in the hierarchy of the cpusets is there anything of them to be seen. */
function partFacts(scope: Scope, name: CpusetName): readonly string[] {
  const found = grouped(scope, name);
  const isFirst = found !== null && scope.places.cgroups[0]?.hierarchy === found.hierarchy;
  return isFirst && found.hierarchy.version === 1 ? partsOf(scope).map((part) => `cgroup/cpuset/${part}/${fileNames[name]}`) : [];
}

function factsOf(scope: Scope, name: CpusetName): readonly string[] {
  const own = factOf(scope, name);
  if (own === null) return [];
  return [own, ...(isVersion1(scope, name) ? [`parent/cpuset/${fileNames[name]}`, ...partFacts(scope, name)] : [])];
}

function isEnforceable(scope: Scope, name: CpusetName, facts: Facts): boolean {
  const fact = factOf(scope, name);
  return fact !== null && (!isGrouped(scope, grouped(scope, name)?.hierarchy, facts) || text(facts, fact) !== null);
}

function listOf(facts: Facts, fact: string | null): string | null {
  const found = fact === null ? null : text(facts, fact);
  return found === null ? null : formatCpuList(parseCpuList(found) ?? []);
}

/** What a group has that is bound to nothing: on v1 what the one above it has, on v2 an empty list. */
function wholeOf(scope: Scope, name: CpusetName, facts: Facts): string {
  return isVersion1(scope, name) ? (listOf(facts, `parent/cpuset/${fileNames[name]}`) ?? "") : "";
}

interface Setting {
  readonly name: CpusetName;
  readonly list: string;
  readonly facts: Facts;
}

// v1 takes no group that is wider than the one above it: first that is made wide enough for both, then those below are set, then it is.
function write(scope: Scope, { name, list, facts }: Setting): readonly Step[] {
  const found = grouped(scope, name);
  const [file] = found?.files ?? [];
  if (found === null || file === undefined) return [];
  const title = `${name} ${list === "" ? "all" : list}`;
  // An empty write is none at all.
  const last = groupWrite(title, file.path, list === "" ? "\n" : list);
  const below = partFacts(scope, name).filter((fact) => text(facts, fact) !== null);
  if (below.length === 0) return [last];
  const both = formatCpuList(union(parseCpuList(list) ?? [], parseCpuList(listOf(facts, file.fact) ?? "") ?? []));
  const directory = file.path.slice(0, -file.name.length);
  const inner = below.map((fact) => groupWrite(title, `${directory}${fact.slice("cgroup/cpuset/".length)}`, list));
  return [...(both === listOf(facts, file.fact) ? [] : [groupWrite(title, file.path, both)]), ...inner, ...(both === list ? [] : [last])];
}

function union(a: readonly number[], b: readonly number[]): readonly number[] {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}
