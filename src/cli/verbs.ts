import { apply } from "./commands/apply.ts";
import { attach } from "./commands/attach.ts";
import { build } from "./commands/build.ts";
import { config } from "./commands/config.ts";
import { cp } from "./commands/cp.ts";
import { destroy } from "./commands/destroy.ts";
import { doctor } from "./commands/doctor.ts";
import { drift } from "./commands/drift.ts";
import { events } from "./commands/events.ts";
import { exec } from "./commands/exec.ts";
import { freeze } from "./commands/freeze.ts";
import { gc } from "./commands/gc.ts";
import { graph } from "./commands/graph.ts";
import { helpVerb } from "./commands/help.ts";
import { history } from "./commands/history.ts";
import { inspect } from "./commands/inspect.ts";
import { kill } from "./commands/kill.ts";
import { lock } from "./commands/lock.ts";
import { logs } from "./commands/logs.ts";
import { map } from "./commands/map.ts";
import { pause } from "./commands/pause.ts";
import { plan } from "./commands/plan.ts";
import { reset } from "./commands/reset.ts";
import { restart } from "./commands/restart.ts";
import { resume } from "./commands/resume.ts";
import { rollback } from "./commands/rollback.ts";
import { rootfs } from "./commands/rootfs.ts";
import { run } from "./commands/run.ts";
import { shell } from "./commands/shell.ts";
import { start } from "./commands/start.ts";
import { stats } from "./commands/stats.ts";
import { status } from "./commands/status.ts";
import { stop } from "./commands/stop.ts";
import { thaw } from "./commands/thaw.ts";
import { unit } from "./commands/unit.ts";
import { validate } from "./commands/validate.ts";
import { verify } from "./commands/verify.ts";
import { version } from "./commands/version.ts";
import { wait } from "./commands/wait.ts";
import { watch } from "./commands/watch.ts";
import type { Verb } from "./verb.ts";

/** Every verb. A verb is light until it runs: it imports what it needs then. */
export const verbs: readonly Verb[] = [
  validate,
  config,
  build,
  lock,
  plan,
  apply,
  watch,
  pause,
  resume,
  rollback,
  reset,
  drift,
  history,
  events,
  status,
  inspect,
  graph,
  map,
  logs,
  stats,
  exec,
  shell,
  attach,
  run,
  cp,
  start,
  stop,
  restart,
  kill,
  wait,
  freeze,
  thaw,
  verify,
  doctor,
  rootfs,
  gc,
  destroy,
  unit,
  version,
  helpVerb(() => verbs),
];
