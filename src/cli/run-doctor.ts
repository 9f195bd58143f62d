import { isUnfit, judgeCapabilities } from "../engine/doctor.ts";
import { readCapabilities } from "../host/capabilities.ts";
import { closeInherited } from "../host/inherited.ts";
import { machineOf } from "../host/machine.ts";
import { doctorDocument } from "../ui/doctor-json.ts";
import { renderDoctor } from "../ui/render-doctor.ts";
import type { Context } from "./context.ts";
import { directoriesOf } from "./directories.ts";

/** Checks the machine and writes the report; returns the exit code: 1 where something that is needed is missing. */
export function runDoctor({ settings, terminal }: Context): number {
  closeInherited();
  const requirements = judgeCapabilities(readCapabilities(machineOf(`${import.meta.dirname}/shim.pl`), directoriesOf(settings)));
  terminal.out(
    settings.json ? `${JSON.stringify(doctorDocument(requirements))}\n` : renderDoctor(requirements, { color: settings.color.out }),
  );
  return isUnfit(requirements) ? 1 : 0;
}
