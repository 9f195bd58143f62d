import { capabilityNumbers } from "../kernel/capability.ts";
import { resourceLimits } from "../kernel/rlimit.ts";
import type { Environment } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import type { Ref, Text } from "../model/step.ts";
import { keeperPid, keeperStart, ownGroup } from "./keeper.ts";

/** How one process enters an environment: what differs between a declared process and an `exec`. */
export interface Entry {
  /** Its control group below the environment's: `p-NAME`, `exec`. */
  readonly group: string;
  readonly command: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
  /** Its resource limits, where these are not the environment's. */
  readonly ulimits?: Environment["ulimits"];
  /** Whether it has a terminal in the environment that was made for it alone: then it leads a session of its own on that. */
  readonly leadsTerminal?: boolean;
  /** Whether its streams are pipes, or a terminal, that were made for it alone: then it may open them again (`/dev/stdout`). */
  readonly ownOutput?: boolean;
  /** Whether what waits for it outside does so for as long as the environment may run: then it is a shell, which takes half of the memory that nsenter does. */
  readonly lasting?: boolean;
}

/**
 * $@: what enters, in the pid namespace into which this shell only makes children. What the shell itself would say (`Terminated`) is no output of the process; where
 * the kernel gives it no child at all it says so, as nsenter does. Where descriptor 3 is open it is told there how the process ended (shim-terminal.pl).
 */
const waitingScript = `trap 'echo "nsenter: no process can be made inside"; exit 1' 0
exec 2>/dev/null
(exec "$@" 2>&1)
code=$?
trap "" PIPE
echo "$code" >&3
trap - 0
exit "$code"`;

/**
 * The command, run on the host, that joins an environment and becomes `entry.command` in it: nsenter, or for what lasts a shell, forks into the pid namespace, the shim joins the control
 * groups and the other namespaces, drops what is to be dropped and executes. Exit codes 125 ours, 126 not executable, 127 not found.
 */
export function enterCommand(scope: Scope & { readonly environment: Environment }, entry: Entry): readonly Text[] {
  const { machine } = scope;
  return [
    "nsenter",
    "--target",
    keeperPid(scope),
    "--pid",
    ...(entry.lasting === true ? ["--no-fork", "--", machine.small?.sh ?? "sh", "-c", waitingScript, "sh"] : ["--"]),
    "perl",
    machine.shim,
    machine.architecture,
    "enter",
    ...enterKeys(scope, entry),
    "--",
    ...entry.command,
  ];
}

/** What the shim is told of the process that enters, `KEY=VALUE` each: as whom, into which groups, with which limits and capabilities. */
export function enterKeys(scope: Scope & { readonly environment: Environment }, entry: Omit<Entry, "command">): readonly Text[] {
  const { environment, machine } = scope;
  const { security } = environment;
  const own = ownGroup(scope, entry.group);
  const groups = scope.places.cgroups.map(({ path }) => (own?.startsWith(`${path}/`) === true ? own : path));
  const limits = Object.entries(entry.ulimits ?? environment.ulimits).map(
    ([name, { soft, hard }]) => `rlimit=${resourceLimits[name]?.number ?? -1}:${soft}:${hard}`,
  );
  return [
    ["pid=", ...flatten(keeperPid(scope))],
    ["start=", ...flatten(keeperStart(scope))],
    ...groups.map((group) => `cgroup=${group}`),
    `user=${entry.user}`,
    `cwd=${entry.workingDirectory}`,
    `caps=${capabilityNumbers(security.capabilities).join(",")}`,
    `last_cap=${machine.lastCapability}`,
    `no_new_privs=${security.no_new_privileges ? 1 : 0}`,
    `oom=${environment.oom_score_adj}`,
    ...(entry.leadsTerminal === true ? ["session=leads"] : []),
    ...(entry.ownOutput === true ? ["output=own"] : []),
    ...limits,
  ];
}

/** The variables of a process inside, as its entering command wants them: with a prefix, so that none of them can act on the host's tools. */
export function enterEnvironment(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries({ PATH: defaultPath, ...variables }).map(([name, value]) => [`CLOISTER_SET_${name}`, value]));
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function flatten(text: Text): readonly (string | Ref)[] {
  return typeof text === "string" ? [text] : "of" in text ? [text] : text;
}
