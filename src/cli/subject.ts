import type { NamedLife } from "../engine/lives.ts";
import { nameLives } from "../engine/lives.ts";
import type { Subject } from "../engine/subject.ts";
import { namingOf } from "../engine/subject.ts";
import { transientsAt } from "../host/transients.ts";
import type { Manifest } from "../model/environment.ts";
import type { LookingHost } from "../model/host.ts";
import { selectEnvironments } from "./operands.ts";
import type { LastApplied } from "./records.ts";
import type { Opened } from "./wiring.ts";

/** All of a project: what its manifest wants, and what was last applied under which names. */
export function subjectOf(manifest: Manifest, { generation }: LastApplied): Subject {
  const last = generation === null ? null : new Map(Object.entries(generation.environments));
  return { project: manifest.project, manifest, only: null, last, born: new Map(Object.entries(generation?.born ?? {})) };
}

/** The same of a project that is open, with the environments that stand for a command. */
export function subjectOfOpened({ manifest, directories }: Pick<Opened, "manifest" | "directories">, last: LastApplied): Subject {
  const { names } = transientsAt(`${directories.run}/${manifest.project}`);
  return { ...subjectOf(manifest, last), transient: names };
}

/** One environment of it. Throws `usage/unknown-environment`. */
export function oneOf(opened: Pick<Opened, "manifest" | "directories">, last: LastApplied, name: string) {
  const { environments, inactive } = opened.manifest;
  selectEnvironments([name], [...environments.keys()], inactive);
  return { ...subjectOfOpened(opened, last), only: new Set([name]) };
}

/** Everything of a project that is found on the machine, by the names that it has now. */
export function foundOf(host: LookingHost, subject: Subject): readonly NamedLife[] {
  return nameLives(host.discover(subject.project, []), namingOf(subject));
}

/** Whether something wanted does not run, so that there is something to be done, whatever a closer look finds. */
export function isIncomplete(host: LookingHost, subject: Subject): boolean {
  const running = new Set(foundOf(host, subject).flatMap(({ name, keeper }) => (keeper === null ? [] : [name])));
  const wanted = [...(subject.manifest?.environments.keys() ?? [])];
  return wanted.some((name) => (subject.only === null || subject.only.has(name)) && !running.has(name));
}
