import { formatIdMap, parseIdMap } from "../kernel/idmap.ts";
import { namespaceFiles, parseNamespaceLink, parseTimeOffsets } from "../kernel/namespace.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { NamespaceKind, NamespaceSetting } from "../model/environment.ts";
import { namespaceKinds } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { endRunner } from "./health-end.ts";
import { namespacesAddress } from "./keeper.ts";
import { idMaps, isAnothers, startSteps } from "./keeper-start.ts";
import { foundProcesses } from "./process-state.ts";

/** The namespaces of an environment and the ids in them. Nothing of it can change while it lives. */
export interface NamespacesState {
  /** For each kind what it is: `private`, `host`, or the inode of another's namespace (`join:db`, `path:FILE`: its inode, null when not known yet). */
  readonly kinds: Readonly<Record<NamespaceKind, string | null>>;
  readonly uidMap: string;
  readonly gidMap: string;
  readonly monotonic: number;
  readonly boottime: number;
}

/** The keeper: pid 1 of the namespaces, without privileges, waiting. Everything else rides it. */
export const namespaces: Resource<NamespacesState> = {
  name: "namespaces",
  stage: "assembly",
  confines: true,
  path: () => "namespaces",
  facts: (scope) => [
    ...namespaceKinds.flatMap((kind) => [`host/ns/${namespaceFiles[kind]}`, `keeper/ns/${namespaceFiles[kind]}`]),
    "keeper/uid_map",
    "keeper/gid_map",
    "keeper/timens_offsets",
    ...new Set(
      [scope.environment, scope.last].flatMap((one) =>
        Object.entries(one?.namespaces ?? {}).flatMap(([kind, setting]) => borrowedFact(kind, setting)),
      ),
    ),
  ],
  want(scope, facts) {
    const { environment } = scope;
    const kinds = record((kind) => {
      const setting = environment.namespaces[kind];
      return setting === "private" || setting === "host" ? setting : borrowedInode(kind, setting, facts);
    });
    const { uid, gid } = idMaps(scope);
    return new Map([["", { kinds, uidMap: formatIdMap(uid), gidMap: formatIdMap(gid), ...environment.time_offsets }]]);
  },
  have(scope, facts) {
    const kinds = record((kind) => {
      const own = inode(facts, `keeper/ns/${namespaceFiles[kind]}`);
      if (own === inode(facts, `host/ns/${namespaceFiles[kind]}`)) return "host";
      const isNamed = isAnothers(scope.environment?.namespaces[kind]);
      return isNamed || isBorrowed(scope, kind) ? own : "private";
    });
    const maps = {
      uidMap: formatIdMap(parseIdMap(text(facts, "keeper/uid_map") ?? "")),
      gidMap: formatIdMap(parseIdMap(text(facts, "keeper/gid_map") ?? "")),
    };
    const offsets = kinds.time === "host" ? { monotonic: 0, boottime: 0 } : parseTimeOffsets(text(facts, "keeper/timens_offsets") ?? "");
    return new Map([["", { kinds, ...maps, ...offsets }]]);
  },
  // Whose namespaces it joins must stand first.
  needs: (scope) =>
    Object.values(scope.environment?.namespaces ?? {}).flatMap((setting) =>
      setting.startsWith("join:") ? [namespacesAddress(setting.slice(5))] : [],
    ),
  compare(want, have) {
    const differences: Difference[] = [];
    const differ = (field: string, wanted: string | null, found: string | null) => {
      if (wanted !== found)
        differences.push({ field, want: wanted ?? "another environment's, which is not there yet", have: found ?? "none" });
    };
    for (const kind of namespaceKinds) differ(kind, want.kinds[kind], have.kinds[kind]);
    // In the host's user namespace the map that is shown is the host's own.
    if (want.kinds.user === "private") {
      differ("uid_map", want.uidMap.trim(), have.uidMap.trim());
      differ("gid_map", want.gidMap.trim(), have.gidMap.trim());
    }
    differ("time_offsets.monotonic", `${want.monotonic} s`, `${have.monotonic} s`);
    differ("time_offsets.boottime", `${want.boottime} s`, `${have.boottime} s`);
    return differences;
  },
  seen({ scope, field, facts }) {
    const file = fileSeen(field);
    const shown = (text(facts, `keeper/${file}`) ?? "cannot be read")
      .trim()
      .replace(/ +/g, " ")
      .replace(/ ?\n ?/g, "; ");
    return `/proc/${scope.keeper?.pid ?? "PID"}/${file}: ${shown}`;
  },
  describe(state) {
    const own = namespaceKinds.filter((kind) => state.kinds[kind] === "private");
    const ids = state.kinds.user === "private" ? `, ids ${state.uidMap.trim().split("\n").map(range).join(", ")}` : ", ids of the host";
    return `${own.join(" ")}${ids}; seccomp none`;
  },
  create: ({ scope }) => startSteps(scope),
  update: () => "recreate",
  remove: ({ scope, facts }) => endSteps(scope, facts),
};

/** The file of the keeper that shows a field. */
function fileSeen(field: string): string {
  if (field === "uid_map" || field === "gid_map") return field;
  const kind = namespaceKinds.find((one) => one === field);
  return kind === undefined ? "timens_offsets" : `ns/${namespaceFiles[kind]}`;
}

function record(value: (kind: NamespaceKind) => string | null): Record<NamespaceKind, string | null> {
  return {
    mount: value("mount"),
    uts: value("uts"),
    ipc: value("ipc"),
    net: value("net"),
    pid: value("pid"),
    user: value("user"),
    cgroup: value("cgroup"),
    time: value("time"),
  };
}

function inode(facts: Facts, name: string): string | null {
  return parseNamespaceLink(text(facts, name) ?? "");
}

/** Whether the keeper was born into a namespace of somebody else, which may have another owner or file by now, or none; where nobody can tell, what was last applied. */
function isBorrowed({ keeper, last }: Scope, kind: NamespaceKind): boolean {
  return keeper?.borrowed?.includes(kind) ?? isAnothers(last?.namespaces[kind]);
}

function borrowedFact(kind: string, setting: NamespaceSetting): readonly string[] {
  if (setting.startsWith("join:")) return [`keeper:${setting.slice(5)}/ns/${fileOf(kind)}`];
  return setting.startsWith("path:") ? [`namespace/${setting.slice(5)}`] : [];
}

function borrowedInode(kind: NamespaceKind, setting: string, facts: Facts): string | null {
  if (setting.startsWith("join:")) return inode(facts, `keeper:${setting.slice(5)}/ns/${namespaceFiles[kind]}`);
  if (!setting.startsWith("path:")) return null;
  return inode(facts, `namespace/${setting.slice(5)}`);
}

/** Files that are to be of a namespace, and are not, or of the host's own. */
export function namespaceProblems({ environment, name }: Scope, facts: Facts): readonly Diagnostic[] {
  return namespaceKinds.flatMap((kind): readonly Diagnostic[] => {
    const setting = environment?.namespaces[kind] ?? "private";
    if (!setting.startsWith("path:")) return [];
    const path = setting.slice("path:".length);
    const found = text(facts, `namespace/${path}`);
    const isOfKind = found?.startsWith(`${namespaceFiles[kind]}:`) === true;
    if (isOfKind && found !== text(facts, `host/ns/${namespaceFiles[kind]}`)) return [];
    const written = kind === "net" ? `${name}.network.path` : `${name}.namespaces.${kind}`;
    const message = `${written}: ${path} is ${isOfKind ? "the host's own" : "the file of no"} ${kind} namespace`;
    const hint =
      kind === "net" ? "make one with ip netns add, or write mode: host for the host's" : "name a file that unshare or a mount made";
    return [{ code: "network/not-there", severity: "error", message, hint }];
  });
}

function fileOf(kind: string): string {
  return kind === "mount" ? "mnt" : kind;
}

function range(line: string): string {
  const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
  return `${inside}-${inside + count - 1} = ${outside}-${outside + count - 1} outside`;
}

function endSteps(scope: Scope, facts: Facts): readonly Step[] {
  const { keeper, places } = scope;
  const steps: Step[] = [];
  // They would end by themselves, within a second.
  for (const [name, found] of foundProcesses(scope, facts)) steps.push(...endRunner(name, found));
  if (keeper !== null)
    steps.push({
      ...{ type: "signal", title: "end the keeper", pid: keeper.pid, start: keeper.start, signal: "SIGKILL", graceMs: 0 },
      waiters: `${scope.project}/${birthName(scope)}`,
    });
  for (const { path } of places.cgroups) steps.push({ type: "remove", title: "control group", path, how: "cgroup" });
  steps.push({ type: "remove", title: "run directory", path: places.run, how: "tree" });
  steps.push({ type: "remove", title: "ephemeral upper", path: `${places.uppers}/ephemeral-${scope.id}`, how: "tree" });
  steps.push({ type: "remove", title: "directory of uppers", path: places.uppers, how: "empty" });
  return steps;
}
