import { CloisterError } from "../../model/diagnostic.ts";
import { environmentOperand, forceProtectedFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const reset: Verb = {
  name: "reset",
  summary: "throw away what an environment wrote over its root, and start it anew",
  description:
    "Drops what was written into the environment's persistent overlay, so that its root is again as it was built, and starts the environment anew where it runs (a root cannot change under running processes). With --keep what was written at and below a path stays. Volumes, binds and other mounts are not touched. Asks first; -y does not ask.",
  operands: [environmentOperand],
  flags: [
    { spelling: "--keep PATH", description: "what was written at this path inside, and below it, stays", repeatable: true },
    forceProtectedFlag,
  ],
  examples: [
    { command: "cloister reset web", shows: "web begins again with its root as it was built" },
    { command: "cloister reset web --keep /var/lib/postgresql -y", shows: "but for what lies there" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { carryOut } = await import("../carry-out.ts");
    const { refuseUnwritten } = await import("../resets.ts");
    const { pathFault } = await import("../../manifest/reading.ts");
    const { flags, operands } = context;
    const keep = flags.values("keep");
    for (const path of keep) {
      const fault = path === "/" ? { message: "is everything" } : pathFault(path);
      if (fault === null) continue;
      const { message, hint = "write a path as it is inside: --keep /var/lib/data" } = fault;
      throw new CloisterError({ code: "usage/invalid-value", severity: "error", message: `--keep: "${path}" ${message}`, hint });
    }
    const [environment = ""] = operands;
    const engine = await openEngine(context, { verb: "reset", secrets: "keep" });
    const plan = await engine.planReset(environment, { keep, forced: flags.values("force-protected") });
    refuseUnwritten(plan, { environment, keep });
    return carryOut(plan, { context, engine, nothing: "nothing to reset: nothing was written over its root" });
  },
};
