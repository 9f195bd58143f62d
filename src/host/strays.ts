import { monotonicMs } from "../model/clock.ts";
import type { Scope } from "../model/resource.ts";
import { isHeld } from "./keeper-process.ts";
import { aliveStat } from "./outside-process.ts";
import { childrenOf, readLink, readPids, readProc } from "./proc-reader.ts";

/** A process of an environment that is outside of one of its control groups; `cgroup` is its /proc/PID/cgroup. */
export interface Stray {
  readonly pid: number;
  readonly start: string;
  readonly cgroup: string;
}

/** Those in the pid namespace of an environment, or in one that was made inside, that are not in its control groups; `known` are looked at elsewhere. */
export function straysOf(scope: Scope, known: readonly number[]): readonly Stray[] {
  const { keeper, places } = scope;
  const [group] = places.cgroups;
  if (keeper === null || group === undefined) return [];
  const path = group.path.slice(group.hierarchy.mountPoint.length);
  // Of what nobody has entered yet all are children of its first process.
  const all = isHeld(keeper.pid) ? childrenAround(keeper.pid) : (inhabitants(scope.keepers).get(keeper.pid) ?? []);
  return all.flatMap(({ pid, namespace }): readonly Stray[] => {
    const cgroup = known.includes(pid) ? "" : readProc(`/proc/${pid}/cgroup`);
    if (cgroup === "" || isWithin(cgroup, path) || isAnothers(scope, { pid, cgroup }) || isVisitor(pid, keeper.pid)) return [];
    // Its number may be another process's since it was listed.
    if (namespaceOf(pid) !== namespace) return [];
    // Asked after its groups were read: what has begun to end is shown at the top of every hierarchy of v1.
    const stat = aliveStat(pid);
    return stat === null ? [] : [{ pid, start: stat.start, cgroup }];
  });
}

/** A process and its pid namespace, in which it stays. */
interface Inhabitant {
  readonly pid: number;
  readonly namespace: string;
}

/** Who lives in the pid namespace of each keeper. */
type Inhabitants = ReadonlyMap<number, readonly Inhabitant[]>;

/** For so long a list is good for another look: the looks before, in and after one repair have one in common. */
const listedMs = 200;
let listed: { readonly at: number; readonly all: Inhabitants } = { at: Number.NEGATIVE_INFINITY, all: new Map() };

/** The processes of the machine are looked at once for all the environments that are looked at together. */
function inhabitants(keepers: Scope["keepers"]): Inhabitants {
  const pids = [...keepers.values()].map(({ pid }) => pid);
  const isFresh = monotonicMs() - listed.at < listedMs && pids.every((pid) => listed.all.has(pid));
  if (!isFresh) listed = { at: monotonicMs(), all: lookAround(pids) };
  return listed.all;
}

function lookAround(keepers: readonly number[]): Inhabitants {
  const outside = readLink("/proc/self/ns/pid");
  const members = new Map<string | null, Inhabitant[]>(keepers.map((pid) => [namespaceOf(pid), []]));
  for (const pid of readPids()) {
    const namespace = namespaceOf(pid);
    if (namespace === null || namespace === outside) continue;
    const own = members.get(namespace) ?? members.get(outerNamespace(pid, (one) => one === outside || members.has(one)));
    own?.push({ pid, namespace });
  }
  return new Map(keepers.map((pid) => [pid, members.get(namespaceOf(pid)) ?? []]));
}

function childrenAround(keeper: number): readonly Inhabitant[] {
  return [keeper, ...childrenOf(keeper)].flatMap((pid) => {
    const namespace = namespaceOf(pid);
    return namespace === null ? [] : [{ pid, namespace }];
  });
}

function namespaceOf(pid: number): string | null {
  return readLink(`/proc/${pid}/ns/pid`);
}

/** The first known pid namespace on the way up from a process: that in which its own one was made. */
function outerNamespace(pid: number, isKnown: (namespace: string | null) => boolean): string | null {
  for (let stat = aliveStat(pid); stat !== null && stat.parent > 0; stat = aliveStat(stat.parent)) {
    const namespace = namespaceOf(stat.parent);
    if (isKnown(namespace)) return namespace;
  }
  return null;
}

function isWithin(cgroup: string, path: string): boolean {
  return cgroup
    .trimEnd()
    .split("\n")
    .every((line) => line.endsWith(`:${path}`) || line.includes(`:${path}/`));
}

/** An environment that joins this pid namespace has groups, and mounts, of its own. */
function isAnothers({ project, keeper }: Scope, { pid, cgroup }: Pick<Stray, "pid" | "cgroup">): boolean {
  return cgroup.includes(`:/cloister/${project}/`) && readLink(`/proc/${pid}/ns/mnt`) !== readLink(`/proc/${keeper?.pid ?? 0}/ns/mnt`);
}

/** Who has entered only the pid namespace, and has the host's ids or mounts, is on the way in, or at work for the command line. */
function isVisitor(pid: number, keeper: number): boolean {
  const [own, keepers, host] = [pid, keeper, "self"].map((one) => readLink(`/proc/${one}/ns/user`));
  if (own !== host) return false;
  return keepers !== host || readLink(`/proc/${pid}/ns/mnt`) !== readLink(`/proc/${keeper}/ns/mnt`);
}
