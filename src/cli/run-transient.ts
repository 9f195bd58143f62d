import { randomBytes } from "node:crypto";
import { transientsAt } from "../host/transients.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Environment, Manifest } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import type { ReporterWish } from "../ui/reporter.ts";
import { carryOutTold } from "./carry-out.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";
import type { Engine, Execution } from "./engine.ts";
import { executeIn } from "./execute-in.ts";
import { ownFailure } from "./exit.ts";
import { loadManifest } from "./load-manifest.ts";
import { withLock } from "./lock-file.ts";
import { openEngine } from "./open-engine.ts";
import type { Opening } from "./open-project.ts";
import { selectEnvironments, withNeeded } from "./operands.ts";

/** How long it waits for another run that changes the project, in ms, where no time is given: what was made is to be taken away in any case. */
const patienceMs = 60_000;

/** Runs a command in an environment that is made for it, and destroyed when it has ended. Returns its exit code. */
export async function runTransient(execution: Execution, given: Context): Promise<number> {
  const lockTimeoutMs = given.settings.lockTimeoutMs || patienceMs;
  const context = { ...given, settings: { ...given.settings, lockTimeoutMs } };
  const manifest = withLock(loadManifest(context), { required: context.flags.has("locked"), of: [execution.environment] });
  selectEnvironments([execution.environment], [...manifest.environments.keys()], manifest.inactive);
  const wanted = manifest.environments.get(execution.environment);
  if (wanted === undefined) throw new Error("an environment was selected that is not there");
  const running = whatToRun(execution, wanted);
  const transient = transientOf(wanted);
  const { name } = transient;
  const transients = transientsAt(`${directoriesOf(context.settings).run}/${manifest.project}`);
  const of = { context: { ...context, operands: [name] }, manifest, transient };
  await checkJoined(of);
  try {
    // What its secrets hold is read here alone: a command that prints one is run once.
    const engine = await openTransient(of, { secrets: "read" });
    transients.claim(name);
    const code = await make(await engine.plan([name], { prune: false, lock: true }), { context, engine });
    if (code !== 0) return code === 130 ? code : ownFailure;
    return await executeIn(of.context, { ...running, environment: name }, openingOf(of, {}));
  } finally {
    transients.release();
    const engine = await openTransient(of, {});
    const plan = await engine.planDestroy([name], { volumes: false, now: true, forced: [] });
    await carryOutTold(plan, engine, toldOnError(context, false));
  }
}

/** The same, without what there can be only once, or what would go on by itself. */
function transientOf(environment: Environment): Environment {
  const { ports, address, mac_address, ...network } = environment.network;
  const suffix = `-run-${randomBytes(3).toString("hex")}`;
  const name = `${environment.name.slice(0, 63 - suffix.length)}${suffix}`;
  return {
    ...environment,
    name,
    // The name of the other one is to lead to that.
    hostname: environment.hostname === environment.name ? name : environment.hostname,
    network,
    overlay: "ephemeral",
    processes: {},
    lifecycle: { prevent_destroy: false, prevent_restart: false },
    moved_from: null,
  };
}

/** What is given; where nothing is, what the process `main` runs. */
function whatToRun(execution: Execution, { name, processes }: Environment): Execution {
  if (execution.command.length > 0) return execution;
  const { main } = processes;
  if (main === undefined) {
    const message = `${name} has no process main, whose command could be run`;
    throw new CloisterError({ code: "usage/missing-operand", severity: "error", message, hint: `cloister run ${name} COMMAND` });
  }
  return {
    ...execution,
    command: main.command,
    user: execution.user ?? main.user,
    workingDir: execution.workingDir ?? main.working_dir,
    variables: { ...main.environment, ...execution.variables },
  };
}

/** A project with an environment that stands for a command. */
interface Extended {
  readonly context: Context;
  readonly manifest: Manifest;
  readonly transient: Environment;
}

/** The engine of a project to which it belongs. */
function openTransient(of: Extended, how: Pick<Opening, "secrets">): Promise<Engine> {
  return openEngine(of.context, openingOf(of, how));
}

/** What that project says is not what the files say: nobody else may believe it. */
function openingOf({ manifest, transient }: Extended, how: Pick<Opening, "secrets">): Opening {
  const environments = new Map([...manifest.environments, [transient.name, transient]]);
  return { ...how, manifest: { ...manifest, environments, dependent: true }, verb: "run", transient: true };
}

/** Whose namespaces it has must run, and as the manifest says: nothing of theirs is changed. */
async function checkJoined(of: Extended): Promise<void> {
  const { name } = of.transient;
  const joined = withNeeded([name], new Map([[name, of.transient]])).filter((one) => one !== name);
  if (joined.length === 0) return;
  const { changes } = await (await openTransient(of, { secrets: "read" })).plan(joined, { prune: false });
  const [other] = changes.flatMap(({ environment }) => environment ?? []);
  if (other === undefined) return;
  const message = `${other}, whose namespaces it is to have, is not as the manifest says`;
  throw new CloisterError({ code: "engine/not-running", severity: "error", message, hint: `cloister apply ${other}` });
}

/** What is quick is not told, but that a root is built. */
function make(plan: Plan, { context, engine }: { readonly context: Context; readonly engine: Engine }): Promise<number> {
  const builds = plan.changes.some(({ environment, resource }) => environment === null && resource === "rootfs");
  return carryOutTold(plan, engine, toldOnError(context, builds));
}

/** Standard output is the command's: what is told goes to standard error. `shown`: progress too, not only what goes wrong. */
function toldOnError({ settings, terminal, sources }: Context, shown: boolean): ReporterWish {
  return {
    mode: shown || settings.verbose ? settings.progress : "quiet",
    isTerminal: terminal.isTerminal("stderr"),
    color: settings.color.error,
    verbose: settings.verbose,
    write: terminal.error,
    sources,
  };
}
