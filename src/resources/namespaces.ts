import { formatIdMap, parseIdMap } from "../kernel/idmap.ts";
import { namespaceFiles, parseNamespaceLink, parseTimeOffsets } from "../kernel/namespace.ts";
import { failureFile, failureGroup, keeperLog } from "../model/assembly.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Environment, IdMapping, NamespaceKind, NamespaceSetting } from "../model/environment.ts";
import { namespaceKinds } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import type { Difference, Resource, Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { endRunner } from "./health-end.ts";
import { namespacesAddress } from "./keeper.ts";
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

function isAnothers(setting: NamespaceSetting = "private"): boolean {
  return setting !== "private" && setting !== "host";
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

/** The id maps of an environment: a range of its own, or what the manifest says. */
function idMaps(scope: Scope): { readonly uid: readonly IdMapping[]; readonly gid: readonly IdMapping[] } {
  const users = scope.environment?.users;
  if (users?.mode === "map") return { uid: users.uid_mappings, gid: users.gid_mappings };
  const range = [{ inside: 0, outside: scope.base, count: 65536 }];
  return { uid: range, gid: range };
}

// ---- start: the outer parent, the gate, the reaper ----

// $@: nsenter and unshare with the keeper at the end. Descriptor 3 is the gate, 4 is where the keeper tells its pid. This shell stays outside and waits; when the
// command line ends before it wrote `commit`, the pipe ends, the keeper is killed and the kernel removes everything. It may have ended by itself, and its pid be
// another's by now: then its parent is another one, too.
const outerScript = `"$@" <&3 >&4 3<&- 4>&- &
child=$!
exec 3<&- 4>&- >/dev/null
read -r keeper || exit 1
if read -r commit; then exec </dev/null 2>/dev/null; wait "$child"
elif read -r pid name state parent rest 2>/dev/null <"/proc/$keeper/stat" && [ "$parent" = "$child" ]
then kill -9 "$keeper"; fi`;

// $1: the control group for itself, $2: "unshare --cgroup --" or nothing, $3: its score for the out-of-memory killer, $4...: the environment's groups. It joins them while its maps are
// written: the first join after a quiet moment waits 5-7 ms. Everything runs before the pivot: an exec after that would take its program from the environment's root.
const keeperScript = `cd /
own=$1 unshare=$2 score=$3; shift 3
ulimit -c 0
echo "$score" >/proc/self/oom_score_adj
read -r pid rest </proc/self/stat
echo "$pid"
for group; do echo 0 >"$group/cgroup.procs" || exit 1; done
read -r go || exit 1
exec </dev/null >/dev/null
exec $unshare sh -c 'if [ -n "$1" ]; then echo 0 >"$1/cgroup.procs" || exit 1; fi; shift; exec "$@" 2>/dev/null' sh "$own" \\
  setpriv $IDS --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs catatonit -P`;

function startSteps(scope: Scope): readonly Step[] {
  const { environment, places } = scope;
  if (environment === null) return [];
  const of = namespacesAddress(scope.name);
  const own = ownGroup(scope, "keeper");
  const { uid, gid } = idMaps(scope);
  const pid: Text = { of, name: "pid" };
  const steps: Step[] = [
    { type: "mkdir", title: "run directory", path: places.run, mode: 0o700 },
    { type: "mkdir", title: "staging directory", path: `${places.run}/stage`, mode: 0o700 },
    { type: "cgroup", title: "control groups", paths: [...places.cgroups.map(({ path }) => path), ...(own === null ? [] : [own])] },
    {
      type: "hold",
      title: "namespaces",
      of,
      command: [
        "sh",
        "-c",
        outerScript,
        "sh",
        ...joins(scope),
        ...unshare(scope),
        "sh",
        "-c",
        keeper(scope),
        "sh",
        own ?? "",
        cgroupUnshare(scope),
        String(environment.oom_score_adj),
        ...places.cgroups.map(({ path }) => path),
      ],
      environment: {
        CLOISTER_ENVIRONMENT: `${scope.project}/${birthName(scope)}`,
        CLOISTER_ID: scope.id,
        CLOISTER_MANIFEST: scope.directory,
        ...borrowedSaid(environment),
      },
      log: keeperLog(places.run),
      failed: { groups: places.cgroups.map(({ path }) => `${path}/${failureGroup}`), file: failureFile(places.run) },
    },
  ];
  if (environment.namespaces.user === "private") {
    steps.push({ type: "write", title: "uid map", path: ["/proc/", pid, "/uid_map"], content: formatIdMap(uid), to: "kernel" });
    steps.push({ type: "write", title: "gid map", path: ["/proc/", pid, "/gid_map"], content: formatIdMap(gid), to: "kernel" });
  }
  return [...steps, { type: "release", title: "keeper drops its privileges", of }];
}

/** Told by the keeper's parent as long as it lives: which namespaces are not its own. */
function borrowedSaid({ namespaces: kinds }: Environment): Readonly<Record<string, string>> {
  const borrowed = namespaceKinds.filter((kind) => isAnothers(kinds[kind]));
  return borrowed.length === 0 ? {} : { CLOISTER_BORROWED: borrowed.join(" ") };
}

/** The control group of one part of an environment (`keeper`, `p-NAME`, `exec`), a child in the v2 hierarchy, else in the first one. */
export function ownGroup(scope: Scope, name: string): string | null {
  const groups = scope.places.cgroups;
  const group = groups.find(({ hierarchy }) => hierarchy.version === 2) ?? groups[0];
  return group === undefined ? null : `${group.path}/${name}`;
}

// Without a user namespace there is no id to change to.
function keeper(scope: Scope): string {
  return keeperScript.replace("$IDS", scope.environment?.namespaces.user === "private" ? "--reuid 0 --regid 0 --clear-groups" : "");
}

function cgroupUnshare(scope: Scope): string {
  return scope.environment?.namespaces.cgroup === "private" ? "unshare --cgroup --" : "";
}

/** nsenter into what is another's, with the host's credentials, before the user namespace is made. */
function joins(scope: Scope): readonly Text[] {
  const options: Text[] = [];
  for (const kind of namespaceKinds) {
    const setting = scope.environment?.namespaces[kind] ?? "private";
    if (setting.startsWith("path:")) options.push(`--${kind}=${setting.slice(5)}`);
    if (!setting.startsWith("join:")) continue;
    const other = setting.slice(5);
    const known = scope.keepers.get(other);
    options.push([
      `--${kind}=/proc/`,
      known === undefined ? { of: namespacesAddress(other), name: "pid" } : String(known.pid),
      `/ns/${namespaceFiles[kind]}`,
    ]);
  }
  // Without a fork into a joined pid namespace: what waits there with the host's privileges would be seen from inside.
  return options.length === 0 ? [] : ["nsenter", "--no-fork", ...options, "--"];
}

function unshare(scope: Scope): readonly string[] {
  const { environment } = scope;
  const own = namespaceKinds.filter((kind) => kind !== "cgroup" && environment?.namespaces[kind] === "private");
  const offsets =
    environment?.namespaces.time === "private"
      ? [`--monotonic=${environment.time_offsets.monotonic}`, `--boottime=${environment.time_offsets.boottime}`]
      : [];
  return [
    "unshare",
    ...own.map((kind) => `--${kind}`),
    ...(own.includes("user") ? ["--keep-caps"] : []),
    ...offsets,
    "--fork",
    "--kill-child",
    "--",
  ];
}

// ---- end ----

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
