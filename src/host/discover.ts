import * as fs from "node:fs";
import { parseIdMap } from "../kernel/idmap.ts";
import type { ProcessStat } from "../kernel/proc.ts";
import { failureFile, failureGroup } from "../model/assembly.ts";
import type { Found } from "../model/host.ts";
import type { Keeper } from "../model/resource.ts";
import { groupPids, hierarchies } from "./cgroup-files.ts";
import { aliveStat, environOf, isOurs, isOutside } from "./outside-process.ts";
import { childrenOf, identity, readLink, readNames, readPids, readProc } from "./proc-reader.ts";

/** A keeper that was found before, by its number: what it and its parent say of themselves does not change while both live. */
export type KnownKeepers = Map<number, { readonly of: string; readonly stat: ProcessStat; readonly life: Life }>;

/** Where else it is looked. */
interface Places {
  /** The project's run directory. */
  readonly run: string;
  /** What is remembered from one look to the next. */
  readonly known?: KnownKeepers;
}

/**
 * Every life of every environment of a project, from the kernel: its control groups in every hierarchy, and, for `expected` names that were not found
 * there, the environ of every process outside. A run directory of an environment that has neither is found as well (`id` is then "").
 */
export function discover(project: string, expected: readonly string[], { run, known = new Map() }: Places): readonly Found[] {
  const lives = new Map<string, Found>();
  const keep = (found: Found) => {
    const key = `${found.name}-${found.id}`;
    if (lives.get(key)?.keeper == null) lives.set(key, found);
  };
  for (const { mountPoint } of hierarchies()) {
    for (const entry of readNames(`${mountPoint}/cloister/${project}`)) {
      const match = /^([a-z][a-z0-9-]{0,62})-([a-z2-7]{8})$/.exec(entry);
      const [, name, id] = match ?? [];
      if (name === undefined || id === undefined || lives.get(`${name}-${id}`)?.keeper != null) continue;
      const group = `${mountPoint}/cloister/${project}/${entry}`;
      keep({ name, id, ...asMarked(keeperOf({ of: `${project}/${name}`, id, known }, group), { group, run: `${run}/${name}` }) });
    }
  }
  const found = new Set([...lives.values()].map(({ keeper }) => keeper?.pid));
  for (const pid of known.keys()) if (!found.has(pid)) known.delete(pid);
  const running = new Set([...lives.values()].filter(({ keeper }) => keeper !== null).map(({ name }) => name));
  if (expected.some((name) => !running.has(name))) for (const found of searchProcesses(project)) keep(found);
  const names = new Set([...lives.values()].map(({ name }) => name));
  for (const name of readNames(run)) if (namePattern.test(name) && !names.has(name)) keep({ name, id: "", keeper: null, directory: null });
  return [...lives.values()].map((life) => ({ ...life, ...calledNow(project, life) }));
}

/** What waits outside for a keeper writes to a log in the run directory: the kernel knows what that is called by now. */
function calledNow(project: string, { name, keeper }: Found): Pick<Found, "called"> {
  const log = keeper === null || keeper.parent === 0 ? null : readLink(`/proc/${keeper.parent}/fd/2`);
  const [owner, called] = log?.endsWith("/keeper.log") === true ? log.split("/").slice(-3) : [];
  return owner === project && called !== undefined && called !== name && namePattern.test(called) ? { called } : {};
}

const namePattern = /^[a-z][a-z0-9-]{0,62}$/;
const idPattern = /^[a-z2-7]{8}$/;

type Life = Pick<Found, "keeper" | "directory">;

/** Whose keeper is looked for: `PROJECT/NAME`, and its birth id. */
interface Sought {
  readonly of: string;
  readonly id: string;
  readonly known: KnownKeepers;
}

/** The keeper of a control group: looked for where it is put, then in the whole group. */
function keeperOf(sought: Sought, group: string): Life {
  return heldIn(groupPids(`${group}/keeper`), sought) ?? heldIn(groupPids(group), sought) ?? orphaned(groupPids(group));
}

/** Half made and kept: by its control group, which the kernel keeps as long as it lives; its run directory only tells why. */
function asMarked({ keeper, directory }: Life, { group, run }: { readonly group: string; readonly run: string }): Life {
  if (keeper === null || !fs.existsSync(`${group}/${failureGroup}`)) return { keeper, directory };
  const failed = { why: readProc(failureFile(run)), rooted: keeper.assembled };
  return { keeper: { ...keeper, assembled: false, failed }, directory };
}

/** The process whose parent outside says, in an environ that nothing inside can write, that it holds this environment. */
function heldIn(pids: readonly number[], { of, id, known }: Sought): Life | null {
  const strangers = new Set<number>();
  for (const pid of pids) {
    const stat = aliveStat(pid);
    if (stat === null || strangers.has(stat.parent)) continue;
    const before = known.get(pid);
    if (before !== undefined && before.of === `${of}-${id}` && isSame(before.stat, stat)) return before.life;
    // Its owner first: the environ of a process inside may be megabytes, and there may be thousands.
    const said = isOurs(stat.parent) ? environOf(stat.parent) : null;
    if (said?.get("CLOISTER_ENVIRONMENT") === of && said.get("CLOISTER_ID") === id) {
      const life = { keeper: heldBy(stat, said), directory: said.get("CLOISTER_MANIFEST") ?? null };
      // Until it is assembled it becomes another program, on another root.
      if (life.keeper.assembled) known.set(pid, { of: `${of}-${id}`, stat, life });
      return life;
    }
    strangers.add(stat.parent);
  }
  return null;
}

// A parent that ended has left it to another process: the same one means the same parent, whose environ only that could change.
function isSame(before: ProcessStat, now: ProcessStat): boolean {
  return before.start === now.start && before.parent === now.parent && before.comm === now.comm;
}

// Its parent was killed. Nothing inside can put itself into the control group, and nothing in it is older than its keeper; a name alone can be taken.
function orphaned(pids: readonly number[]): Life {
  const stats = pids.flatMap((pid) => aliveStat(pid) ?? []);
  const oldest = stats.reduce<ProcessStat | null>(
    (first, stat) => (first === null || Number(stat.start) < Number(first.start) ? stat : first),
    null,
  );
  const isKeeper = oldest?.comm === "catatonit" && isOutside(readProc(`/proc/${oldest.parent}/status`));
  return { keeper: isKeeper ? keeperAt(oldest, 0) : null, directory: null };
}

function keeperAt({ pid, start, comm }: ProcessStat, parent: number): Keeper {
  const base = parseIdMap(readProc(`/proc/${pid}/uid_map`)).find(({ inside }) => inside === 0)?.outside ?? 0;
  return { pid, start, assembled: isAssembled(pid, comm), parent, base };
}

/** A keeper whose parent lives, with what that says of it. */
function heldBy(stat: ProcessStat, said: ReadonlyMap<string, string>): Keeper {
  return { ...keeperAt(stat, stat.parent), borrowed: said.get("CLOISTER_BORROWED")?.split(" ") ?? [] };
}

/** The reaper, on a root that is not the host's. */
function isAssembled(pid: number, comm: string): boolean {
  if (comm !== "catatonit") return false;
  // Not by mountinfo, which is the longest file of a process in /proc.
  const own = identity(`/proc/${pid}/root`);
  return own !== "" && own !== identity("/");
}

function* searchProcesses(project: string): Iterable<Found> {
  for (const pid of readPids()) {
    if (readProc(`/proc/${pid}/comm`) !== "unshare\n" || !isOurs(pid)) continue;
    const said = environOf(pid);
    const [owner, name = ""] = (said.get("CLOISTER_ENVIRONMENT") ?? "").split("/");
    const id = said.get("CLOISTER_ID") ?? "";
    if (owner !== project || !namePattern.test(name) || !idPattern.test(id)) continue;
    const [keeper] = childrenOf(pid).flatMap((child) => aliveStat(child) ?? []);
    if (keeper !== undefined) yield { name, id, keeper: heldBy(keeper, said), directory: said.get("CLOISTER_MANIFEST") ?? null };
  }
}
