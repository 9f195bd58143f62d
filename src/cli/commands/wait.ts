import { durationMs } from "../flags.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const wait: Verb = {
  name: "wait",
  summary: "wait until processes have ended",
  description:
    "Returns when all the processes have ended, at once for those that have. Its exit code is that of the process, 128+N where signal N ended it; of several the first one that is not 0; 4 where the time that was given is over.",
  operands: [processesOperand],
  flags: [{ spelling: "--timeout TIME", description: "wait no longer than this: 500ms, 30s, 5m (default: for ever)" }],
  examples: [
    { command: "cloister wait job/main", shows: "until it is done, with its exit code" },
    { command: "cloister wait --timeout 30s job", shows: "exit 4 where that takes longer" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const timeout = context.flags.value("timeout");
    const engine = await openEngine(context, { makesNothing: true });
    return engine.wait(context.operands, timeout === null ? null : durationMs("timeout", timeout));
  },
};
