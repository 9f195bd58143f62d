import { formatIdMap } from "../kernel/idmap.ts";
import { namespaceFiles } from "../kernel/namespace.ts";
import { failureFile, failureGroup, keeperLog } from "../model/assembly.ts";
import type { Environment, IdMapping, NamespaceSetting } from "../model/environment.ts";
import { namespaceKinds } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { namespacesAddress, ownGroup } from "./keeper.ts";

/** The id maps of an environment: a range of its own, or what the manifest says. */
export function idMaps(scope: Scope): { readonly uid: readonly IdMapping[]; readonly gid: readonly IdMapping[] } {
  const users = scope.environment?.users;
  if (users?.mode === "map") return { uid: users.uid_mappings, gid: users.gid_mappings };
  const range = [{ inside: 0, outside: scope.base, count: 65536 }];
  return { uid: range, gid: range };
}

/** Whether a namespace is somebody else's than the environment's or the host's. */
export function isAnothers(setting: NamespaceSetting = "private"): boolean {
  return setting !== "private" && setting !== "host";
}

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

/** Steps that start the keeper of an environment, behind its gate, and let it through. */
export function startSteps(scope: Scope): readonly Step[] {
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
