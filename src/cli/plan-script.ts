import type { Engine, Planned } from "../engine/planned.ts";
import { checkBeforehand } from "../engine/planned.ts";
import { claimsDirectory } from "../host/id-ranges.ts";
import type { Intents } from "../host/intents.ts";
import type { Directories } from "../host/linux.ts";
import { realDirectory } from "../host/owned.ts";
import { readProc } from "../host/proc-reader.ts";
import { toolList } from "../host/tool-list.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { Manifest } from "../model/environment.ts";
import type { Plan } from "../model/plan.ts";
import type { BuiltRootfs } from "../model/rootfs.ts";
import { busyDiagnostics, isBlocked } from "../plan/busy.ts";
import { holdBack } from "../plan/hold-back.ts";
import { renderScript } from "../plan/script/script.ts";
import type { PlanWish } from "./engine.ts";
import { lockPath } from "./project-places.ts";
import { cloisterVersion } from "./version.ts";

/** What a plan was made of that is to be printed as a script. */
interface Scripted {
  readonly planned: Planned | null;
  readonly engine: Engine<BuiltRootfs>;
  readonly manifest: Manifest;
  readonly directories: Directories;
  readonly intents: Pick<Intents, "stopped" | "stoppedFile">;
  readonly wish: Pick<PlanWish, "risk">;
  /** The environments of which no process is to stay ended once it ran. */
  readonly lifted: readonly string[];
}

/** What a script holds is read by whoever has it, and its words are in lists of processes. */
function refuseSecrets({ changes }: Plan): void {
  const writes = changes.filter(({ steps }) => steps.some((step) => step.type === "shim" && step.operation[0] === "secret"));
  if (writes.length === 0) return;
  const message = `${writes.map(({ address }) => address).join(", ")}: the value of a secret stands in no script`;
  const hint = "cloister apply writes it; cloister plan --script NAME prints the plan of an environment that has none to be written";
  throw new CloisterError({ code: "secret/in-script", severity: "error", message, hint });
}

/** The shell script that does what a plan says, in the places where apply would do it. Throws what apply would refuse to begin with. */
export function scriptOf({ planned, engine, manifest, directories, intents, wish, lifted }: Scripted): string {
  if (planned === null) throw new Error("no plan was made");
  checkBeforehand(engine, wish, planned);
  refuseSecrets(planned.plan);
  const { plan, held } = holdBack(planned.plan, isBlocked);
  const left = busyDiagnostics(held).map((one): Diagnostic => ({ ...one, severity: "warning" }));
  const { stopped } = intents.stopped();
  const { project } = manifest;
  const state = `${directories.state}/${project}`;
  return renderScript({
    plan: { ...plan, warnings: [...plan.warnings, ...left] },
    left: planned.plan.held ?? [],
    scopes: planned.targets.map(({ scope }) => scope),
    machine: engine.host.machine,
    version: cloisterVersion,
    manifests: manifest.files.map(({ path }) => path),
    places: {
      lock: lockPath(directories, project),
      claims: claimsDirectory,
      reaper: `${realDirectory(directories.data)}/bin`,
      run: `${directories.run}/${project}`,
      lifted: lifted.filter((name) => stopped.has(name)).map((name) => intents.stoppedFile(name)),
      emptied: [`${state}/logs`, `${state}/intents`, state],
    },
    bootId: readProc("/proc/sys/kernel/random/boot_id").trim(),
    tools: toolList.filter(({ neededFor }) => neededFor === "always").map(({ name }) => name),
  });
}
