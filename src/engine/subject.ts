import type { Stopped } from "../model/condition.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import type { Target } from "../plan/plan-request.ts";
import type { Naming } from "./lives.ts";

/** What the engine looks for: a manifest's environments, or whatever runs of a project. */
export interface Subject {
  readonly project: string;
  readonly manifest: Manifest | null;
  /** Environments that are looked at; null: all. */
  readonly only: ReadonlySet<string> | null;
  /** What was last applied, by name; null or absent: not known. */
  readonly last?: ReadonlyMap<string, Environment> | null;
  /** Of what was last applied, how those are called in the kernel that were born with another name. */
  readonly born?: ReadonlyMap<string, string>;
  /** Processes that are to stay ended, by environment, as it is known at this moment. Absent: none. */
  readonly stopped?: () => ReadonlyMap<string, Stopped>;
  /** Processes that are to be started anew, by environment. Absent: none. */
  readonly anew?: ReadonlyMap<string, NonNullable<Scope["anew"]>>;
  /** Environments that stand for a command which runs in them, as it is known at this moment. Absent: none. */
  readonly transient?: () => ReadonlySet<string>;
}

/** Under which names the lives of a project are looked for. */
export function namingOf({ manifest, last, born }: Subject): Naming {
  return { environments: manifest?.environments ?? new Map(), known: new Set(last?.keys() ?? []), born: born ?? new Map() };
}

/** As what an environment was last applied: under the name that it had until now, where it has a new one. */
export function lastOf(
  last: Subject["last"],
  { name, from }: { readonly name: string; readonly from: string | null },
): Environment | undefined {
  const former = from === null ? undefined : last?.get(from);
  return last?.get(name) ?? (former === undefined ? undefined : { ...former, name });
}

/** What was last applied, with what has a new name by now under that. */
export function lastAsNamed(last: Subject["last"], targets: readonly Target[]): ReadonlyMap<string, Environment> | null {
  if (last === null || last === undefined) return null;
  const renamed = targets.flatMap(({ scope }) => {
    const before = lastOf(last, { name: scope.name, from: scope.renaming?.from ?? null });
    return scope.renaming === undefined || before === undefined ? [] : [[scope.name, before] as const];
  });
  return renamed.length === 0 ? last : new Map([...last, ...renamed]);
}
