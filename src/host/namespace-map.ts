import { parseMountinfo } from "../kernel/mountinfo.ts";
import { namespaceFiles } from "../kernel/namespace.ts";
import { namespaceKinds } from "../model/environment.ts";
import type { MappedNamespace } from "../model/namespace-map.ts";
import { hierarchies } from "./cgroup-files.ts";
import { discover } from "./discover.ts";
import { namespacesOf, readNames, readPids, readProc } from "./proc-reader.ts";

type Entry = MappedNamespace & { owner: MappedNamespace["owner"]; readonly processes: Resident[]; readonly files: string[] };
type Resident = MappedNamespace["processes"][number];

/** Every namespace of the machine that a process is in or a mount keeps, by kind; of each kind the host's first. Writes nothing. */
export function namespaceMap(): readonly MappedNamespace[] {
  const own = namespacesOf("self");
  const found = new Map<string, Entry>();
  const entry = (kind: MappedNamespace["kind"], inode: string): Entry => {
    const key = `${kind} ${inode}`;
    const known = found.get(key) ?? { kind, inode, host: own[kind] === inode, owner: null, processes: [], files: [] };
    found.set(key, known);
    return known;
  };
  for (const pid of readPids()) {
    const command = readProc(`/proc/${pid}/comm`).trimEnd();
    for (const [kind, inode] of Object.entries(namespacesOf(pid)))
      if (inode !== null) entry(kindOf(kind), inode).processes.push({ pid, command });
  }
  for (const { fstype, root, target } of parseMountinfo(readProc("/proc/self/mountinfo"))) {
    const [, name, inode] = /^([a-z_]+):\[(\d+)\]$/.exec(root) ?? [];
    const kind = namespaceKinds.find((one) => namespaceFiles[one] === name);
    if (fstype === "nsfs" && kind !== undefined && inode !== undefined) entry(kind, inode).files.push(target);
  }
  for (const { project, name, namespaces } of owners()) {
    for (const kind of namespaceKinds) {
      const one = found.get(`${kind} ${namespaces[kind]}`);
      if (one !== undefined && !one.host) one.owner ??= { project, environment: name };
    }
  }
  const rank = ({ kind, host }: Entry) => namespaceKinds.indexOf(kind) * 2 + (host ? 0 : 1);
  return [...found.values()].sort((a, b) => rank(a) - rank(b) || Number(a.inode) - Number(b.inode));
}

function kindOf(word: string): MappedNamespace["kind"] {
  const kind = namespaceKinds.find((one) => one === word);
  if (kind === undefined) throw new Error(`no kind of namespace is called ${word}`);
  return kind;
}

/** The environments that run, those that began first in front: who joins a namespace came after the one that it was made for. */
function owners() {
  const projects = new Set(hierarchies().flatMap(({ mountPoint }) => readNames(`${mountPoint}/cloister`)));
  return [...projects]
    .flatMap((project) => discover(project, [], { run: "" }).map((life) => ({ project, ...life })))
    .flatMap(({ project, name, keeper }) =>
      keeper === null ? [] : [{ project, name, start: Number(keeper.start), namespaces: namespacesOf(keeper.pid) }],
    )
    .sort((a, b) => a.start - b.start);
}
