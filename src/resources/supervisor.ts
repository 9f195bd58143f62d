import type { Logging } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import { besideShim } from "../model/resource.ts";
import type { Text } from "../model/step.ts";
import { keeperPid, keeperStart, ownGroup } from "./keeper.ts";
import { processPart } from "./process-state.ts";

/**
 * What waits outside for a process, says how each of its lives ended, and starts it anew where its policy says so; no cloister process takes part. It is the
 * process's own waiting parent, so that supervision costs no process of its own. $1: where the ends are written, a line each (host/process-ends.ts reads them).
 * $2, $3: pid and start time of the keeper, with which everything ends. $4: where the kernel counts what it killed for memory. $5: the control group of the
 * process. $6: the process that waits for the first life, where somebody killed the supervisor that had started it; else empty. $7: where the times of the log
 * lie, where it has any; they go where none are wanted. $8: cat; or log-writer.pl, with $9 to $13 as its operands, which are empty where cat keeps the log. $14: what sleeps.
 *
 * The process's parent is a second shell (resources/enter.ts), whose environ names the process and what was wanted. What it prints goes through a pipe to cat or
 * log-writer.pl, which appends it to the log: a descriptor of the log itself would be a file of the host inside. The shell that has started both ends at once. The
 * file of the ends is opened at the start: what ended late writes into its own, which its successor has unlinked. A policy that was changed since stands in a file,
 * behind the number of the supervisor that it is for. Where a check (health-runner.ts) has ended the process, that is in a file, too, until the next life: it is started anew or stays ended,
 * whatever the policy says. What was frozen is that life: one that was killed meanwhile leaves its group frozen, in which the next would be held before it has given anything up.
 */
const supervisorScript = `end=$1 keeper=$2 born=$3 ooms=$4 group=$5 adopted=$6 stale=$7 writer=$8 arch=$9; shift 9
log=$1 size=$2 files=$3 marks=$4 sleep=$5; shift 5
lives() {
  read -r stat <"/proc/$keeper/stat" || return
  set -- \${stat##*) }
  [ "\${20}" = "$born" ]
} 2>/dev/null
killed() {
  count=0
  while read -r name value; do [ "$name" != oom_kill ] || count=$value; done <"$ooms"
} 2>/dev/null
wanted() {
  policy=$CLOISTER_RESTART
  read -r whose edited <"\${end%.end}.restart" && [ "$whose" = "$me" ] && policy=$edited
  verdict=no
  case $policy in
    always | unless-stopped) verdict=again ;;
    on-failure*) if [ "$1" != 0 ]; then verdict=again; fi ;;
  esac
  if read -r asked <"\${end%.end}.unhealthy"; then verdict=again; [ "$asked" != stop ] || verdict=unhealthy; fi
  if [ "\${policy#*:}" != "$policy" ] && [ "$verdict" = again ] && [ "$times" -ge "\${policy#*:}" ]; then verdict=gave-up; fi
} 2>/dev/null
thawed() {
  held=0
  read -r held <"$group/cgroup.freeze"
  [ "$held" != 1 ] || echo 0 >"$group/cgroup.freeze"
} 2>/dev/null
mine() {
  while read -r line; do last=$line; done <"$end"
  [ "\${last##* }" = "$me" ]
} 2>/dev/null
pause() {
  left=$delay
  while [ "$left" -gt 10 ]; do "$sleep" 1; left=$((left - 10)); lives || return; done
  "$sleep" "$((left / 10)).$((left % 10))"
}
{ read -r me rest </proc/self/stat
times=0 delay=1 lines=0
if [ -n "$adopted" ]; then
  read -r up rest </proc/uptime
  echo "+ $up 0 $me" >&3
  echo 0 >"\${end%.end}.adopted"
fi
while :; do
  killed; before=$count
  read -r up rest </proc/uptime; begun=\${up%.*}
  if [ -n "$adopted" ]; then tail -s 0.2 --pid="$adopted" -f /dev/null 3>&-; code=-; adopted=
  else
    [ ! -e "\${end%.end}.unhealthy" ] || rm -f "\${end%.end}.unhealthy"
    thawed
    (exec "$@" 2>&1 3>&-); code=$?
  fi
  read -r up rest </proc/uptime; killed
  if [ "$((\${up%.*} - begun))" -ge 10 ]; then times=0 delay=1; fi
  wanted "$code"
  if [ "$verdict" = again ] && ! lives; then verdict=no; fi
  if { [ "$verdict" = again ] || [ "$verdict" = unhealthy ]; } && [ -w "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; fi
  echo "$code $CLOISTER_WANT $up $((count - before)) $verdict $times $delay $me" >&3
  if [ "$verdict" != again ]; then break; fi
  pause; wanted "$code"
  if [ "$verdict" != again ] || ! lives || ! mine; then break; fi
  times=$((times + 1)) delay=$((delay * 2)) lines=$((lines + 1))
  if [ "$delay" -gt 600 ]; then delay=600; fi
  if [ "$lines" -ge 50 ]; then lines=0; true >"$end"; fi
  echo "+ $up $times $me" >&3
done; } 3>>"$end" </dev/null 2>/dev/null | {
  [ -n "$marks" ] || [ ! -e "$stale" ] || rm -f "$stale"
  [ -z "$arch" ] || exec perl "$writer" "$arch" "$log" "$size" "$files" "$marks"
  exec "$writer"
} &`;

/** The command of a supervisor; what follows it is what it starts. */
export function supervisorCommand(
  scope: Scope,
  name: string,
  { end, adopted, logging }: { readonly end: string; readonly adopted: string; readonly logging: Logging | null },
): readonly Text[] {
  const group = ownGroup(scope, processPart(name)) ?? "";
  return [
    scope.machine.small?.sh ?? "sh",
    "-c",
    supervisorScript,
    "sh",
    end,
    keeperPid(scope),
    keeperStart(scope),
    oomCounter(scope),
    group,
    adopted,
    ...writerWords(scope, name, logging),
    scope.machine.small?.sleep ?? "sleep",
  ];
}

/** Where the times of its log are, and what keeps that: see the script. */
function writerWords({ machine, places }: Scope, name: string, logging: Logging | null): readonly string[] {
  const times = `${places.logs}/${name}.times`;
  if (logging === null) return [times, machine.small?.cat ?? "cat", "", "", "", "", ""];
  const { max_size: size, max_files: files } = logging;
  const writer = besideShim(machine.shim, "log-writer.pl");
  return [times, writer, machine.architecture, logFile({ places }, name), String(size ?? 0), String(files), logging.times ? times : ""];
}

/** Where what a process writes is kept. */
export function logFile({ places }: Pick<Scope, "places">, name: string): string {
  return `${places.logs}/${name}.log`;
}

/** Where the kernel counts the processes of the environment that it killed for memory. */
function oomCounter({ places }: Scope): string {
  const memory = places.cgroups.find(({ hierarchy }) => hierarchy.controllers.includes("memory"));
  return memory === undefined ? "/dev/null" : `${memory.path}/${memory.hierarchy.version === 2 ? "memory.events" : "memory.oom_control"}`;
}

/** Where the policy of a process stands that was changed while it ran. */
export function policyFile({ places }: Scope, name: string): string {
  return `${places.run}/${name}.restart`;
}
