import type { Fact, FactName } from "../model/fact.ts";
import type { Scope } from "../model/resource.ts";
import { birthName, processNames } from "../model/resource.ts";
import { readProcess, readProcessFile } from "./declared-process.ts";
import type { SocketTable } from "./listeners.ts";
import { listenedBy } from "./listeners.ts";
import { aliveStat } from "./outside-process.ts";
import { readNames, readProc, readStat } from "./proc-reader.ts";
import { straysOf } from "./strays.ts";

/** `NAME`: the process itself. `NAME/limits`: a file of its in /proc; of the process that was seen, or it is absent. */
export function ofProcess(scope: Scope, rest: string, seen: ReadonlyMap<FactName, Fact>): Fact {
  const [name = "", ...of] = rest.split("/");
  const known = seen.get(`process/${name}`);
  const found = known === undefined ? processAt(scope, name) : "text" in known ? known.text : null;
  if (found === null) return { absent: "no process" };
  return of.length === 0 ? { text: found } : (readProcessFile(found, of.join("/")) ?? { absent: "it has ended" });
}

function processAt(scope: Scope, name: string): string | null {
  const group = groupOfParts(scope);
  if (group === undefined) return null;
  return readProcess(scope.project, {
    environment: birthName(scope),
    name,
    group: `${group.path}/p-${name}`,
    endFile: `${scope.places.run}/${name}.end`,
  });
}

/** Where the control groups of an environment's parts are. */
export function groupOfParts({ places: { cgroups } }: Scope): { readonly path: string } | undefined {
  return cgroups.find(({ hierarchy }) => hierarchy.version === 2) ?? cgroups[0];
}

/** Processes that nobody has a name for any more, but their control groups. */
export function otherProcesses(scope: Scope): Fact {
  const group = scope.keeper === null ? undefined : groupOfParts(scope);
  if (group === undefined) return { absent: "not running" };
  const known = processNames(scope);
  const others = otherParts(group.path, ["keeper", "exec", ...known.map((name) => `p-${name}`)]).flatMap((part) => {
    const name = /^p-([a-z][a-z0-9-]{0,62})$/.exec(part)?.[1];
    const found = name === undefined ? null : processAt(scope, name);
    return name === undefined || found === null ? [] : [`${JSON.stringify(name)}:${found}`];
  });
  return { text: `{${others.join(",")}}` };
}

/** The groups below one that have none of these names. Most often there are none, and to know that the list is not read: a directory of cgroupfs has a link for each. */
function otherParts(group: string, known: readonly string[]): readonly string[] {
  const all = (readStat(group)?.nlink ?? 2) - 2;
  if (all <= 1 || all === known.filter((part) => readStat(`${group}/${part}`) !== null).length) return [];
  return readNames(group).filter((name) => name.startsWith("p-") && !known.includes(name));
}

/** The processes in the keeper's control group, but for it: what leads its network to the outside. Nobody inside can put one there. */
export function uplinks(scope: Scope): Fact {
  const pids = uplinkPids(scope);
  if (pids === null) return { absent: "not running" };
  const found = pids.flatMap((pid) => {
    const words = readProc(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
    const stat = aliveStat(pid);
    return stat === null ? [] : [{ pid, start: stat.start, words }];
  });
  return { text: JSON.stringify(found) };
}

/** Where those processes listen. */
export function uplinkListening(scope: Scope, table: SocketTable): Fact {
  const pids = uplinkPids(scope);
  return pids === null ? { absent: "not running" } : { text: JSON.stringify(pids.flatMap((pid) => listenedBy(pid, table))) };
}

function uplinkPids(scope: Scope): readonly number[] | null {
  const group = scope.keeper === null ? undefined : groupOfParts(scope);
  if (group === undefined) return null;
  return readProc(`${group.path}/keeper/cgroup.procs`)
    .split("\n")
    .filter((pid) => pid !== "" && Number(pid) !== scope.keeper?.pid)
    .map(Number);
}

/** Of those that are looked at by themselves nothing is read a second time. */
export function strayProcesses(scope: Scope, seen: ReadonlyMap<FactName, Fact>): Fact {
  const { keeper } = scope;
  if (keeper?.assembled !== true) return { absent: "not running" };
  const known = processNames(scope).map((name) => {
    const fact = seen.get(`process/${name}`);
    const { pid = 0 }: { readonly pid?: number } = fact !== undefined && "text" in fact ? JSON.parse(fact.text) : {};
    return pid;
  });
  return { text: JSON.stringify(straysOf(scope, [keeper.pid, ...known])) };
}
