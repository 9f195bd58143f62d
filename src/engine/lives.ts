import type { Environment } from "../model/environment.ts";
import type { Found } from "../model/host.ts";

/** Under which names environments are known: what is wanted, and what was last applied. */
export interface Naming {
  /** What is wanted, by name. */
  readonly environments: ReadonlyMap<string, Pick<Environment, "moved_from">>;
  /** Names of what was last applied. */
  readonly known: ReadonlySet<string>;
  /** Those of them that were born with another name: the birth name and birth id, `old-k3v7q2ab`. */
  readonly born: ReadonlyMap<string, string>;
}

/** A life that was found, by the name that it has now. */
export interface NamedLife extends Found {
  /** The name in its control group and environ, which no kernel object can change. */
  readonly birth: string;
  /** The name that it had until now, where it is to be renamed. */
  readonly former: string | null;
}

/**
 * What the lives of a project are called: as they were born, unless what was last applied, or else their run directory, knows another name; where that one is
 * not wanted any more, as what is moved from it; else again as they were born, where only that is wanted (an earlier generation).
 */
export function nameLives(found: readonly Found[], { environments, known, born }: Naming): readonly NamedLife[] {
  const aliases = new Map([...born].map(([name, life]) => [life, name]));
  const heirs = new Map([...environments].flatMap(([name, { moved_from }]) => (moved_from === null ? [] : [[moved_from, name] as const])));
  const now = (one: Found) => aliases.get(`${one.name}-${one.id}`) ?? one.called ?? one.name;
  const taken = new Set(found.filter(({ keeper }) => keeper !== null).map(now));
  return found.map((one) => {
    const current = now(one);
    const free = (name: string | undefined) => (name !== undefined && environments.has(name) && !taken.has(name) ? name : undefined);
    const heir = free(heirs.get(current)) ?? free(heirs.get(one.name));
    const again = known.has(one.name) ? undefined : free(one.name);
    const name = environments.has(current) ? current : (heir ?? again ?? current);
    return { ...one, name, birth: one.name, former: name === current ? null : current };
  });
}

/** The names under which lives may be found that were born before their names were changed. */
export function birthNames(names: readonly string[], { environments, born }: Naming): readonly string[] {
  return names.map((name) => born.get(name)?.replace(/-[a-z2-7]{8}$/, "") ?? environments.get(name)?.moved_from ?? name);
}

/** What is to be noted of the lives whose names are not those that they were born with. */
export function bornOf(lives: readonly NamedLife[]): ReadonlyMap<string, string> {
  const renamed = lives.filter(({ keeper, name, birth }) => keeper !== null && name !== birth);
  return new Map(renamed.map(({ name, birth, id }) => [name, `${birth}-${id}`]));
}
