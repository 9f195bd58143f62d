import { actOnProcesses } from "../act-on-processes.ts";
import { forceProtectedFlag } from "../operands.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const restart: Verb = {
  name: "restart",
  summary: "stop processes and start them again",
  description:
    "Stops processes as stop does and starts them again as they were last applied; those that do not run are started, and before all of them what they depend on and does not run. Of several processes of an environment all stop before the first is started where they depend on each other.",
  operands: [processesOperand],
  flags: [{ spelling: "--now", description: "kill them at once, without their time to stop" }, forceProtectedFlag],
  examples: [
    { command: "cloister restart web/nginx", shows: "nginx of web; what runs beside it goes on" },
    { command: "cloister restart web", shows: "all processes of web, in the order of what depends on what" },
  ],
  needsRoot: true,
  run: (context) => actOnProcesses("restart", context),
};
