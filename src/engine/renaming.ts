import { CloisterError } from "../model/diagnostic.ts";
import type { LookingHost } from "../model/host.ts";
import type { Places, Renaming, Scope } from "../model/resource.ts";
import type { NamedLife } from "./lives.ts";

/** The run directory last: once it has the new name, the rename is known without a record. */
const directories = [
  ["uppers", "what was written inside"],
  ["logs", "log"],
  ["run", "run directory"],
] as const;

/** Where the directories of an environment are now, and how they come to have its new name, where it is to get one. Its control groups keep that of its birth. */
export function placesNow(
  host: LookingHost,
  scope: Scope,
  running: NamedLife | undefined,
): { readonly places: Places; readonly renaming: Renaming | null } {
  const { project, name, id } = scope;
  const own = { ...scope.places, cgroups: host.places(project, running?.birth ?? name, id).cgroups };
  const from = running === undefined ? (scope.environment?.moved_from ?? null) : running.former;
  if (from === null) return { places: own, renaming: null };
  const former = host.places(project, from, id);
  const there = (path: string) => "text" in (host.collect(scope, [`exists/${path}`]).get(`exists/${path}`) ?? { absent: "" });
  // Of what does not run any more, what has the new name already is its own.
  const moving = directories.filter(([key]) => there(former[key]) && !(running === undefined && there(own[key])));
  const taken = moving.find(([key]) => key === "uppers" && there(own[key]));
  if (taken !== undefined) throw uppersTaken({ name, from, path: own.uppers });
  const moves = moving.map(([key, title]) => ({ title, from: former[key], to: own[key], replaces: there(own[key]) }));
  const places = { ...own, ...Object.fromEntries(moving.map(([key]) => [key, former[key]])) };
  return { places, renaming: running === undefined && moves.length === 0 ? null : { from, moves } };
}

function uppersTaken({ name, from, path }: { readonly name: string; readonly from: string; readonly path: string }): CloisterError {
  return new CloisterError({
    code: "engine/name-taken",
    severity: "error",
    message: `${from} cannot be renamed to ${name}: what an earlier ${name} wrote is still kept in ${path}`,
    hint: "move that directory away, or take another name",
  });
}
