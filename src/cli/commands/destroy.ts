import { environmentsOperand, forceProtectedFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const destroy: Verb = {
  name: "destroy",
  summary: "end environments and remove what they left on the machine",
  description:
    "Ends the processes of the environments and removes their mounts, control groups, namespaces, run and state files. What was written into a persistent overlay or a volume is kept, unless --volumes is given. Asks first; -y does not ask.",
  operands: [environmentsOperand],
  flags: [
    { spelling: "--volumes", description: "remove persistent overlays and volumes too: what was written inside is lost" },
    { spelling: "--now", description: "kill the processes at once, without their time to stop" },
    forceProtectedFlag,
  ],
  examples: [
    { command: "cloister destroy web", shows: "end web, keep what it wrote" },
    { command: "cloister destroy -y --volumes", shows: "end all environments of cloister.yaml and remove everything of them" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { carryOut } = await import("../carry-out.ts");
    const engine = await openEngine(context, { makesNothing: true });
    const { flags } = context;
    const how = { volumes: flags.has("volumes"), now: flags.has("now"), forced: flags.values("force-protected") };
    const plan = await engine.planDestroy(context.operands, how);
    return carryOut(plan, { context, engine, nothing: "nothing to destroy: none of it is there" });
  },
};
