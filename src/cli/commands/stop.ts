import { actOnProcesses } from "../act-on-processes.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const stop: Verb = {
  name: "stop",
  summary: "stop processes until they are started again",
  description:
    "Asks processes to end by their stop signal, kills them with everything that they have started when their time is over, and has them stay ended: plan, apply, drift and watch leave them so, until they are started, or an apply names their environment. What depends on others stops before them; what is not named goes on, and so does the environment, with its mounts and its network. That they are to stay ended is written first.",
  operands: [processesOperand],
  flags: [{ spelling: "--now", description: "kill them at once, without their time to stop" }],
  examples: [
    { command: "cloister stop web/nginx", shows: "nginx of web; all else of it goes on" },
    { command: "cloister stop web", shows: "all processes of web; the environment stands" },
  ],
  needsRoot: true,
  run: (context) => actOnProcesses("stop", context),
};
