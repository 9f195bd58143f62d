import { allowOomFlag, forceProtectedFlag, lazyFlag, pruneFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const rollback: Verb = {
  name: "rollback",
  summary: "apply an earlier generation again, in place where that is possible",
  description:
    "Shows what it takes to go back to what was applied before and carries it out as apply does: it asks before it recreates or destroys anything, and writes a new generation. The manifest is not touched: what it says otherwise is pending afterwards. Environments that the generation does not have go on, unless --prune is given.",
  operands: [{ spelling: "[GENERATION]", description: "its number, as history shows it; the one before the last where none is given" }],
  flags: [pruneFlag, forceProtectedFlag, lazyFlag, allowOomFlag],
  examples: [
    { command: "cloister rollback", shows: "back to what was applied before the last apply" },
    { command: "cloister rollback -y 3", shows: "back to generation 3, without a question" },
  ],
  needsRoot: true,
  async run(context) {
    const { generationAt, generationNumber, generationBefore, lastApplied, openRecord } = await import("../records.ts");
    const { manifestOf, movedBack } = await import("../../engine/generation.ts");
    const { openEngine } = await import("../open-engine.ts");
    const { carryOut } = await import("../carry-out.ts");
    const { record } = openRecord(context);
    const [given] = context.operands;
    const number = given === undefined ? generationBefore(record) : generationNumber(given);
    const manifest = manifestOf(movedBack(generationAt(record, number), lastApplied(record).generation));
    const engine = await openEngine(context, { manifest, verb: "rollback", secrets: "keep" });
    const { flags } = context;
    const may = { lazy: flags.has("lazy"), risk: flags.has("allow-oom"), forced: flags.values("force-protected") };
    return carryOut(await engine.plan([], { ...may, prune: flags.has("prune") }), { context, engine });
  },
};
