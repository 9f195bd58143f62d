import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const verify: Verb = {
  name: "verify",
  summary: "prove the isolation of running environments, with evidence",
  description:
    "Tries from inside what must not work (see, signal or reach the host's processes, files, devices and network settings) and checks from outside what must hold (namespaces, id maps, mounts, capabilities, descriptors, limits). Each check prints its evidence. Ends with 2 when something was found.",
  operands: [environmentsOperand],
  flags: [{ spelling: "--pid PID", description: "any process instead, whoever made what is around it, by the defaults of an environment" }],
  examples: [
    { command: "cloister verify", shows: "every environment of cloister.yaml" },
    {
      command: "cloister verify web --json | jq '.environments[].checks[] | select(.result == \"fail\")'",
      shows: "only what was found in web",
    },
    { command: "cloister verify --pid 4711", shows: "what a container of another tool leaves open" },
  ],
  needsRoot: true,
  async run(context) {
    const { flags, operands } = context;
    const pid = flags.value("pid");
    if (pid !== null) {
      const { runVerifyProcess } = await import("../run-verify.ts");
      return runVerifyProcess(pid, context);
    }
    const { openEngine } = await import("../open-engine.ts");
    const engine = await openEngine(context, { makesNothing: true });
    return engine.verify(operands, context);
  },
};
