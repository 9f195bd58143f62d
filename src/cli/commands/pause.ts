import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const pause: Verb = {
  name: "pause",
  summary: "have watch leave environments alone for a while",
  description:
    "From now on a watch neither repairs the environments nor applies edits to them, until they are resumed or a time has come. What a watch has begun is over when this returns. It is kept with what was last applied, so a watch that is started later heeds it too. apply does what it is asked for all the same, and says that they are paused; destroy ends the pause with the environment.",
  operands: [environmentsOperand],
  flags: [
    { spelling: "--until TIME", description: "when it ends by itself: in 30m, 2h, or at 2026-12-24T18:00:00Z (default: never)" },
    { spelling: "--reason TEXT", description: "why; shown by status and watch" },
  ],
  examples: [
    { command: "cloister pause web --until 2h --reason 'looking into #42'", shows: "hands off web for two hours" },
    { command: "cloister pause", shows: "every environment of cloister.yaml, until resume" },
  ],
  needsRoot: true,
  async run(context) {
    const { pauseEnvironments, untilDate } = await import("../pauses.ts");
    const { pauseDocument, renderPauses } = await import("../../ui/render-pauses.ts");
    const { settings, terminal, flags } = context;
    const until = flags.value("until");
    const wish = { reason: flags.value("reason"), until: until === null ? null : untilDate(until, Date.now()) };
    const report = await pauseEnvironments(context, wish);
    if (settings.json) terminal.out(`${JSON.stringify(pauseDocument(report))}\n`);
    else if (!settings.quiet) terminal.out(renderPauses(report, { color: settings.color.out }));
    return 0;
  },
};
