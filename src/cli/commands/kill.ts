import { CloisterError } from "../../model/diagnostic.ts";
import { signalNumbers, signals } from "../../model/signal.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const kill: Verb = {
  name: "kill",
  summary: "send a signal to processes",
  description:
    "Sends a signal to the processes themselves, not to what they have started. Nothing is noted: one that ends by it has drifted, and apply and watch start it anew; stop is what has it stay ended.",
  operands: [processesOperand],
  flags: [{ spelling: "-s, --signal SIGNAL", description: "which, as SIGHUP, HUP or 1 (default: SIGKILL)" }],
  examples: [{ command: "cloister kill -s HUP web/nginx", shows: "have nginx read its configuration again" }],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const signal = signalNamed(context.flags.value("signal") ?? "SIGKILL");
    const engine = await openEngine(context, { makesNothing: true });
    await engine.kill(context.operands, signal);
    return 0;
  },
};

function signalNamed(text: string): NodeJS.Signals {
  const name = text.toUpperCase().replace(/^(?!SIG)/, "SIG");
  const found = signals.find((one) => one === name || String(signalNumbers[one]) === text);
  if (found !== undefined) return found;
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `--signal is "${text}", which is no signal`,
    hint: `write one of ${signals.join(", ")}`,
  });
}
