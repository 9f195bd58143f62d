import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const verify: Verb = {
  name: "verify",
  summary: "prove the isolation of running environments, with evidence",
  description:
    "Tries from inside what must not work (see, signal or reach the host's processes, files, devices and network settings) and checks from outside what must hold (namespaces, id maps, mounts, capabilities, descriptors, limits). Each check prints its evidence. Ends with 2 when something was found.",
  operands: [environmentsOperand],
  flags: [],
  examples: [
    { command: "cloister verify", shows: "every running environment of cloister.yaml" },
    { command: "cloister verify web --json | jq '.checks[] | select(.ok | not)'", shows: "only what was found in web" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const engine = await openEngine(context);
    return engine.verify(context.operands, context);
  },
};
