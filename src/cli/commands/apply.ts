import { allowOomFlag, environmentsOperand, ignoreFlag, lazyFlag, pruneFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const apply: Verb = {
  name: "apply",
  summary: "make the environments what the manifest says",
  description:
    "Shows the plan and carries it out: environments that are missing are made, what differs is changed in place where that is possible. Drift that is to be ignored is left and named; so is a mount that is to go and is in use, with the processes that use it, and the rest is done. What endangers processes that are to go on, a limit of memory below what is in use, is refused before anything is done. Asks before it recreates or destroys anything; -y does not ask. Run again, it changes nothing.",
  operands: [environmentsOperand],
  flags: [pruneFlag, ignoreFlag, lazyFlag, allowOomFlag],
  examples: [
    { command: "cloister apply", shows: "every environment of cloister.yaml" },
    { command: "cloister apply -y -f web.yaml web", shows: "only web of another manifest, without a question" },
    { command: "cloister apply --json -y", shows: "each event as a line of JSON" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { carryOut } = await import("../carry-out.ts");
    const engine = await openEngine(context);
    const { flags, operands } = context;
    const may = { lazy: flags.has("lazy"), risk: flags.has("allow-oom") };
    const wish = { prune: flags.has("prune"), ignore: flags.values("ignore"), ...may, lock: true };
    return carryOut(await engine.plan(operands, wish), { context, engine });
  },
};
