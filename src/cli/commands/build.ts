import { environmentsOperand, lockedFlag, offlineFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const build: Verb = {
  name: "build",
  summary: "build the root file systems only, start nothing",
  description:
    "Builds the root file systems that the environments need into the store, where they are not there yet. A root is built once and used by every environment that asks for the same one; apply builds what is missing too.",
  operands: [environmentsOperand],
  flags: [
    {
      spelling: "--refresh",
      description: "build them anew although they are there, from what the mirror has today, or of what their lock says",
    },
    lockedFlag,
    offlineFlag,
  ],
  examples: [
    { command: "cloister build", shows: "the roots of every environment of cloister.yaml" },
    { command: "cloister build --locked --offline", shows: "exactly what cloister.lock says, of packages that are kept" },
    { command: "cloister build --progress plain web", shows: "the root of web, with progress as lines" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { carryOut } = await import("../carry-out.ts");
    const engine = await openEngine(context);
    return carryOut(await engine.planBuild(context.operands, { refresh: context.flags.has("refresh") }), {
      context,
      engine,
      nothing: "nothing to build: every root is in the store",
    });
  },
};
