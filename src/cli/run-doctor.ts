import { isUnfit, judgeCapabilities } from "../engine/doctor.ts";
import { readCapabilities } from "../host/capabilities.ts";
import { machineOf } from "../host/machine.ts";
import { doctorDocument } from "../ui/doctor-json.ts";
import { renderDoctor } from "../ui/render-doctor.ts";
import type { Context } from "./context.ts";

/** Checks the machine and writes the report; returns the exit code: 1 where something that is needed is missing. */
export function runDoctor({ settings, terminal }: Context): number {
  const data = settings.dataDir ?? "/var/lib/cloister";
  const state = settings.stateDir ?? `${data}/state`;
  const run = settings.stateDir ?? "/run/cloister";
  const requirements = judgeCapabilities(readCapabilities(machineOf(`${import.meta.dirname}/shim.pl`), { data, state, run }));
  terminal.out(
    settings.json ? `${JSON.stringify(doctorDocument(requirements))}\n` : renderDoctor(requirements, { color: settings.color.out }),
  );
  return isUnfit(requirements) ? 1 : 0;
}
