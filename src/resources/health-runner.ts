import { createHash } from "node:crypto";
import type { Environment, Healthcheck, Process } from "../model/environment.ts";
import type { Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import { signalNumbers } from "../model/signal.ts";
import type { Step } from "../model/step.ts";
import { enterCommand, enterEnvironment } from "./enter.ts";
import { keeperPid, keeperStart, namespacesAddress, ownGroup } from "./keeper.ts";
import { processPart } from "./process-state.ts";
import { logFile } from "./supervisor.ts";

/**
 * What asks a process again and again whether it is well; no cloister process takes part. $1: where it is written (host/process-health.ts reads it): 0, this shell,
 * the process with its start time, how it is, how many checks in a row have failed, the code of the last one; then what that printed, at most 4096 bytes. $2, $3: pid and
 * start time of the keeper, with which it ends. $4: the control group of the process. $5: where its supervisor writes its ends. $6 to $10: interval, timeout, start
 * period and its interval, in ms; retries. $11: what is done with one that is unhealthy; $12, $13: the number of its stop signal, and its grace in ms. $14, $15: the shim.
 * The rest enters and checks.
 *
 * A check runs in a control group below that of the process: what ends all of the process ends it, and with the group ends what a check leaves. The pipe is read to its end, of which
 * only the beginning is kept: a descriptor of a file would be a file of the host inside. It ends where its file is another's or gone, so that there is never more than one.
 * What a frozen process does not answer is no failure; nor is what is found of one that ended by itself meanwhile anything for its next life, which may have begun.
 */
const runnerScript = `file=$1 keeper=$2 born=$3 group=$4 end=$5 interval=$6 patience=$7 period=$8 early=$9; shift 9
retries=$1 reaction=$2 signal=$3 grace=$4 shim=$5 arch=$6; shift 6
alive() {
  read -r stat <"/proc/$1/stat" || return
  begun=$2; set -- \${stat##*) }
  { [ "$1" != Z ] || [ "\${18}" -gt 1 ]; } && [ "\${20}" = "$begun" ]
} 2>/dev/null
mine() { read -r zero whose rest <"$file" && [ "$whose" = "$me" ]; } 2>/dev/null
found() {
  all=' '
  while read -r one; do all="$all$one "; done <"$group/cgroup.procs"
  for one in $all; do
    read -r stat <"/proc/$one/stat" || continue
    set -- \${stat##*) }
    case $all in *" $2 "*) continue ;; esac
    if [ "$2" = "$keeper" ] || [ -z "\${20}" ]; then continue; fi
    main=$one since=\${20}; return 0
  done
  return 1
} 2>/dev/null
over() {
  last=
  while read -r line; do last=$line; done <"$end"
  case $last in '' | +* | *' again '*) return 1 ;; esac
} 2>/dev/null
frozen() {
  while read -r name value; do if [ "$name $value" = 'frozen 1' ]; then return 0; fi; done <"$group/cgroup.events"
  return 1
} 2>/dev/null
sweep() {
  if [ -w "$group/check/cgroup.kill" ]; then echo 1 >"$group/check/cgroup.kill"
  else while read -r one; do kill -9 "$one"; done <"$group/check/cgroup.procs"; fi
} 2>/dev/null
rest() { part=$((1000 + $1 % 1000)); sleep "$(($1 / 1000)).\${part#1}" & wait "$!"; }
nap() {
  left=$1
  while [ "$left" -gt 0 ]; do
    step=1000; [ "$left" -ge 1000 ] || step=$left
    rest "$step"; left=$((left - step))
    alive "$keeper" "$born" && mine && { [ -z "$main" ] || alive "$main" "$since"; } || return
  done
}
say() {
  { echo "0 $me \${main:--} \${since:--} $state $streak $code"; cat "$file.output"; } >"$file.new"
  mv -f "$file.new" "$file"
}
react() {
  echo "$reaction" >"\${end%.end}.unhealthy"
  if ! alive "$main" "$since"; then rm -f "\${end%.end}.unhealthy"; return; fi
  perl "$shim" "$arch" signal "$main" "$since" "$signal"
  left=$grace
  while [ "$left" -gt 0 ] && alive "$main" "$since"; do rest 100; left=$((left - 100)); done
  perl "$shim" "$arch" signal "$main" "$since" 9
  while alive "$main" "$since"; do rest 100; done
}
check() {
  read -r up rest </proc/uptime
  age=$(((\${up%.*}\${up#*.} - since) * 10))
  { timeout "$limit" "$@" 2>&1 3>&-; echo "$?" >&3; sweep; } 3>"$file.code" | { head -c 4096 >"$file.output"; exec cat; } &
  wait "$!"
  read -r said <"$file.code" || return
  if ! alive "$main" "$since" || frozen || ! mine; then return; fi
  code=$said
  if [ "$code" = 0 ]; then state=healthy streak=0
  elif [ "$state" != starting ] || [ "$age" -ge "$period" ]; then
    streak=$((streak + 1))
    if [ "$streak" -ge "$retries" ]; then state=unhealthy; fi
  fi
  say
  if [ "$state" = unhealthy ] && [ "$reaction" != none ]; then react; fi
}
{ read -r me rest </proc/self/stat
exec 2>/dev/null
part=$((1000 + patience % 1000)) limit=$((patience / 1000)).\${part#1}
trap 'kill "$!"; sweep; exit' TERM
main= since= life= state=starting streak=0 code=-
: >"$file.output"; say
while alive "$keeper" "$born" && mine; do
  if ! found; then
    main=
    if over; then break; fi
    nap 1000; continue
  fi
  if [ "$main $since" != "$life" ]; then
    life="$main $since" state=starting streak=0 code=-
    : >"$file.output"; say
  fi
  read -r up rest </proc/uptime
  pause=$interval
  if [ "$state" = starting ] && [ "$(((\${up%.*}\${up#*.} - since) * 10))" -lt "$period" ]; then pause=$early; fi
  nap "$pause" || continue
  if ! frozen; then check "$@"; fi
done; } </dev/null >/dev/null &`;

/** A digest of what a runner was started with, but for what holds only from the next start of the process on. */
export function healthDigest(process: Process, environment: Environment): string {
  const { healthcheck, ulimits } = process;
  const limits = Object.entries({ ...environment.ulimits, ...ulimits }).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([healthcheck, limits, environment.oom_score_adj]))
    .digest("hex");
}

/** Starts what asks a process whether it is well, where anything is to. */
export function runnerSteps(scope: Scope, name: string): readonly Step[] {
  const { environment, places } = scope;
  const process = environment?.processes[name];
  if (environment === null || process?.healthcheck === undefined) return [];
  const file = healthFile(scope, name);
  return [
    { type: "remove", title: "forget the last checks", path: file, how: "file" },
    {
      type: "spawn",
      title: `check the health of ${name}`,
      of: namespacesAddress(scope.name),
      command: ["sh", "-c", runnerScript, "sh", ...runnerWords(scope, name, { process, healthcheck: process.healthcheck, environment })],
      environment: {
        ...enterEnvironment({ ...environment.environment, ...process.environment }),
        CLOISTER_HEALTHCHECK: `${scope.project}/${birthName(scope)}/${name}`,
        CLOISTER_HEALTH_WANT: healthDigest(process, environment),
      },
      log: logFile(scope, name),
      // Done when it has said that it is there.
      group: `${places.run}/stage`,
      end: file,
    },
  ];
}

interface Checked {
  readonly process: Process;
  readonly healthcheck: Healthcheck;
  readonly environment: Environment;
}

function runnerWords(scope: Scope, name: string, { process, healthcheck, environment }: Checked) {
  const { interval, timeout, start_period, start_interval, retries, on_failure } = healthcheck;
  const { user, working_dir: workingDirectory, stop_signal, stop_grace_period } = process;
  const [kind, ...words] = healthcheck.test;
  const command = kind === "CMD" ? words : ["/bin/sh", "-c", ...words];
  const ulimits = { ...environment.ulimits, ...process.ulimits };
  const group = processPart(name);
  return [
    ...[healthFile(scope, name), keeperPid(scope), keeperStart(scope), ownGroup(scope, group) ?? "", `${scope.places.run}/${name}.end`],
    ...[interval, timeout, start_period, start_interval].map((seconds) => String(Math.round(seconds * 1000))),
    ...[String(retries), on_failure, String(signalNumbers[stop_signal] ?? 15), String(Math.round(stop_grace_period * 1000))],
    ...[scope.machine.shim, scope.machine.architecture],
    ...enterCommand({ ...scope, environment }, { group: `${group}/check`, command, user, workingDirectory, ulimits, ownOutput: true }),
  ];
}

/** Where it stands how a process is. */
export function healthFile({ places }: Pick<Scope, "places">, name: string): string {
  return `${places.run}/${name}.health`;
}
