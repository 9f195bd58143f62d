import type { Engine, Planned } from "../engine/reconcile.ts";
import { checkBeforehand } from "../engine/reconcile.ts";
import { claimsDirectory } from "../host/id-ranges.ts";
import type { Directories } from "../host/linux.ts";
import { realDirectory } from "../host/owned.ts";
import { readProc } from "../host/proc-reader.ts";
import { toolList } from "../host/tool-list.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { BuiltRootfs, Manifest } from "../model/environment.ts";
import { busyDiagnostics, isBlocked } from "../plan/busy.ts";
import { holdBack } from "../plan/hold-back.ts";
import { renderScript } from "../plan/script/script.ts";
import { lockPath } from "./project-places.ts";
import { cloisterVersion } from "./version.ts";

/** What a plan was made of that is to be printed as a script. */
interface Scripted {
  readonly planned: Planned | null;
  readonly engine: Engine<BuiltRootfs>;
  readonly manifest: Manifest;
  readonly directories: Directories;
}

/** The shell script that does what a plan says, in the places where apply would do it. Throws what apply would refuse to begin with. */
export function scriptOf({ planned, engine, manifest, directories }: Scripted): string {
  if (planned === null) throw new Error("no plan was made");
  checkBeforehand(engine, {}, planned);
  const { plan, held } = holdBack(planned.plan, isBlocked);
  const left = busyDiagnostics(held).map((one): Diagnostic => ({ ...one, severity: "warning" }));
  const { project } = manifest;
  const state = `${directories.state}/${project}`;
  return renderScript({
    plan: { ...plan, warnings: [...plan.warnings, ...left] },
    scopes: planned.targets.map(({ scope }) => scope),
    machine: engine.host.machine,
    version: cloisterVersion,
    manifests: manifest.files.map(({ path }) => path),
    places: {
      lock: lockPath(directories, project),
      claims: claimsDirectory,
      reaper: `${realDirectory(directories.data)}/bin`,
      run: `${directories.run}/${project}`,
      emptied: [`${state}/logs`, state],
    },
    bootId: readProc("/proc/sys/kernel/random/boot_id").trim(),
    tools: toolList.filter(({ neededFor }) => neededFor === "always").map(({ name }) => name),
  });
}
