import type { Scope } from "../model/resource.ts";
import { aliveStat } from "./discover.ts";
import { isHeld } from "./keeper-process.ts";
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
  const all = isHeld(keeper.pid) ? [keeper.pid, ...childrenOf(keeper.pid)] : (inhabitants(scope.keepers).get(keeper.pid) ?? []);
  return all.flatMap((pid): readonly Stray[] => {
    const cgroup = known.includes(pid) ? "" : readProc(`/proc/${pid}/cgroup`);
    if (cgroup === "" || isWithin(cgroup, path) || isAnothers(scope, { pid, cgroup }) || isVisitor(pid, keeper.pid)) return [];
    // Asked after its groups were read: what has begun to end is shown at the top of every hierarchy of v1.
    const stat = aliveStat(pid);
    return stat === null ? [] : [{ pid, start: stat.start, cgroup }];
  });
}

const looks = new WeakMap<Scope["keepers"], ReadonlyMap<number, readonly number[]>>();

/** Who lives in the pid namespace of each keeper. The processes of the machine are looked at once for all the environments that are looked at together. */
function inhabitants(keepers: Scope["keepers"]): ReadonlyMap<number, readonly number[]> {
  const seen = looks.get(keepers) ?? lookAround([...keepers.values()].map(({ pid }) => pid));
  looks.set(keepers, seen);
  return seen;
}

function lookAround(keepers: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const outside = readLink("/proc/self/ns/pid");
  const members = new Map<string | null, number[]>(keepers.map((pid) => [readLink(`/proc/${pid}/ns/pid`), []]));
  for (const pid of readPids()) {
    const namespace = readLink(`/proc/${pid}/ns/pid`);
    if (namespace === null || namespace === outside) continue;
    const own = members.get(namespace) ?? members.get(outerNamespace(pid, (one) => one === outside || members.has(one)));
    own?.push(pid);
  }
  return new Map(keepers.map((pid) => [pid, members.get(readLink(`/proc/${pid}/ns/pid`)) ?? []]));
}

/** The first known pid namespace on the way up from a process: that in which its own one was made. */
function outerNamespace(pid: number, isKnown: (namespace: string | null) => boolean): string | null {
  for (let stat = aliveStat(pid); stat !== null && stat.parent > 0; stat = aliveStat(stat.parent)) {
    const namespace = readLink(`/proc/${stat.parent}/ns/pid`);
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
