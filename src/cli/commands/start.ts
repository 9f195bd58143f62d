import { actOnProcesses } from "../act-on-processes.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const start: Verb = {
  name: "start",
  summary: "start processes that have ended or were stopped",
  description:
    "Starts processes of environments that run, as they were last applied: those that were stopped or killed, and those that ended by themselves. What they depend on and does not run is started first, in other environments too. What runs is left as it is, and so is everything else of the environments. An environment that does not run is started by apply.",
  operands: [processesOperand],
  flags: [],
  examples: [
    { command: "cloister start web/nginx", shows: "nginx of web, and what it depends on that does not run" },
    { command: "cloister start web", shows: "all processes of web that do not run" },
  ],
  needsRoot: true,
  run: (context) => actOnProcesses("start", context),
};
