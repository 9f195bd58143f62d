import type { Dependency } from "../model/dependency.ts";
import type { Scope } from "../model/resource.ts";
import { birthName } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { healthFile } from "./health-runner.ts";
import { ownGroup } from "./keeper.ts";
import { processPart } from "./process-state.ts";
import { endFile } from "./process-steps.ts";

/**
 * Waits for a process of an environment. $1: what must be so. $2: its name for people. $3: where its checks are written, $4: who writes that, as the environ of that says.
 * $5: where its ends are written. $6: its control group. $7: for how many seconds. $8: what is done where it becomes unhealthy. Ends with 0; else it says what has not come about, under that what the last
 * check has printed, and ends with 1, or 124 where the time is over. What has no process and no end may be between the two for a moment. Nobody reads the answer
 * once who waits for it is gone: then it ends.
 *
 * A step and no loop of ours, so that it stands in `plan --script`: `apply --wait` (cli/await-started.ts) waits when all is done, for what has run for a while, and starts no process for it.
 */
const waitScript = `condition=$1 name=$2 health=$3 asker=$4 end=$5 group=$6 patience=$7 reaction=$8 parent=$PPID
runs() { read -r one <"$group/cgroup.procs"; } 2>/dev/null
lasting() {
  last=
  while read -r line; do last=$line; done <"$end"
} 2>/dev/null
frozen() {
  while read -r key value; do if [ "$key $value" = 'frozen 1' ]; then return 0; fi; done <"$group/cgroup.events"
  return 1
} 2>/dev/null
asked() {
  state=- code=-
  read -r zero runner main since state streak code <"$health" && [ "$code" != - ] && read -r stat <"/proc/$main/stat" || return
  set -- \${stat##*) }
  [ "\${20}" = "$since" ] && grep -qsza -e "^CLOISTER_HEALTHCHECK=$asker\\$" "/proc/$runner/environ"
} 2>/dev/null
printed() { tail -n +2 -- "$health" | tail -n 5 | tr -d '\\000-\\010\\013-\\037\\177'; } 2>/dev/null
refuse() { echo "$name $1"; if [ "$condition" = process_healthy ]; then printed; fi; exit "$2"; }
now() { read -r up rest </proc/uptime; up=\${up%.*}\${up#*.}; }
now
begun=$up absent=0
while read -r self command state whose rest <"/proc/$$/stat" && [ "$whose" = "$parent" ]; do
  lasting
  case $last in
    '' | +* | *' again '*)
      if runs; then
        absent=0
        if frozen; then refuse 'is frozen, and comes no further until it is thawed' 1; fi
        if [ "$condition" = process_started ]; then exit 0; fi
        if [ "$condition" = process_healthy ] && asked; then
          if [ "$state" = healthy ]; then exit 0; fi
          if [ "$state" = unhealthy ] && [ "$reaction" != restart ]; then refuse "is unhealthy: its last check ended with $code, $streak failed in a row" 1; fi
        fi
      elif [ -z "$last" ]; then
        absent=$((absent + 1))
        if [ "$absent" -gt 20 ]; then refuse "does not run: cloister start $name starts it" 1; fi
      fi
      ;;
    *)
      code=\${last%% *}
      if [ "$code" = - ]; then code=unknown; fi
      if [ "$code" = 0 ] && [ "$condition" != process_healthy ]; then exit 0; fi
      case $last in *' unhealthy '*) refuse "was unhealthy, and its healthcheck has had it stopped (code $code): cloister start $name runs it again" 1 ;; esac
      refuse "has ended (code $code), and was to be \${condition#process_}: cloister start $name runs it again, cloister logs $name shows what it wrote" 1
      ;;
  esac
  now
  if [ "$((up - begun))" -ge "\${patience}00" ]; then
    if [ "$condition" = process_healthy ] && asked; then refuse "is $state after $patience s: its last check ended with $code" 124; fi
    refuse "is not \${condition#process_} after $patience s" 124
  fi
  if [ "$((up - begun))" -lt 1000 ]; then sleep 0.05; else sleep 0.25; fi
done
exit 1`;

/** Waits until a process is as another one needs it. */
export function awaitStep(scope: Scope, { environment, process, condition, timeout }: Dependency): Step {
  const name = `${environment}/${process}`;
  const asker = `${scope.project}/${birthName(scope)}/${process}`;
  const group = ownGroup(scope, processPart(process)) ?? "";
  const reaction = scope.environment?.processes[process]?.healthcheck?.on_failure ?? "none";
  const words = [condition, name, healthFile(scope, process), asker, endFile(scope, process), group, String(Math.ceil(timeout)), reaction];
  return {
    type: "run",
    title: `wait until ${name} ${conditionWords[condition]}`,
    command: ["sh", "-c", waitScript, "sh", ...words],
    waits: true,
  };
}

const conditionWords = { process_started: "has started", process_healthy: "is healthy", process_completed: "has completed" } as const;
