import { printable } from "../../ui/printable.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const freeze: Verb = {
  name: "freeze",
  summary: "hold processes where they are",
  description:
    "Holds processes, with everything that they have started, by the freezer of control groups v2: they keep their memory, files and connections and get no processor until thaw. What exec runs goes on. Nothing is noted: status shows it, plan and drift do not mind. One that is stopped goes on first, so that it hears its signal.",
  operands: [processesOperand],
  flags: [],
  examples: [{ command: "cloister freeze db/postgres", shows: "take a copy of what it has open in peace" }],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const engine = await openEngine(context, { makesNothing: true });
    const left = await engine.freeze(context.operands, true);
    for (const name of left)
      context.terminal.error(
        `${printable(name)} is not held: it is about to be started anew, and will be (cloister stop keeps it from that)\n`,
      );
    return 0;
  },
};
