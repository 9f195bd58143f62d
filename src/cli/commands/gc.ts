import type { Verb } from "../verb.ts";

export const gc: Verb = {
  name: "gc",
  summary: "remove from the store what nothing needs",
  description:
    "Removes the roots that nothing needs: no mount anywhere on the machine, no overlay that is kept, nothing that was applied last, no cloister.lock beside a manifest that was applied, no pin. Of packages and entries of locks those stay that such a lock names, or that a kept root was built of. What builds that were killed left goes too, and with --older-than the overlays that environments had over earlier roots. Nothing is removed while another run uses the store.",
  operands: [],
  flags: [
    { spelling: "--dry-run", description: "only say what would be removed" },
    {
      spelling: "--older-than TIME",
      description:
        "also remove overlays that were begun over earlier roots longer ago than this: 12h, 30d (what was written in them is lost)",
    },
  ],
  examples: [
    { command: "cloister gc --dry-run", shows: "what nothing needs" },
    { command: "cloister gc", shows: "remove it" },
    { command: "cloister gc --older-than 30d", shows: "and what was written over roots that are not used any more" },
  ],
  needsRoot: true,
  async run(context) {
    const { olderThan, sweep } = await import("../rootfs/sweep.ts");
    return sweep(context, { verb: "gc", olderMs: olderThan(context.flags.value("older-than")) });
  },
};
