import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const thaw: Verb = {
  name: "thaw",
  summary: "let frozen processes go on",
  description: "Lets processes go on that freeze holds.",
  operands: [processesOperand],
  flags: [],
  examples: [{ command: "cloister thaw db/postgres", shows: "it goes on where it was" }],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const engine = await openEngine(context, { makesNothing: true });
    await engine.freeze(context.operands, false);
    return 0;
  },
};
