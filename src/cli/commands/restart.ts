import { actOnProcesses } from "../act-on-processes.ts";
import { forceProtectedFlag } from "../operands.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const restart: Verb = {
  name: "restart",
  summary: "stop processes and start them again",
  description: "Stops processes as stop does and starts them again as they were last applied; those that do not run are started.",
  operands: [processesOperand],
  flags: [{ spelling: "--now", description: "kill them at once, without their time to stop" }, forceProtectedFlag],
  examples: [
    { command: "cloister restart web/nginx", shows: "nginx of web, and nothing else" },
    { command: "cloister restart web", shows: "all processes of web, one after another" },
  ],
  needsRoot: true,
  run: (context) => actOnProcesses("restart", context),
};
