import type { Operand, Verb } from "../verb.ts";

const operand: Operand = { spelling: "[ENVIRONMENT...]", description: "the environments; all that are paused where none is named" };

export const resume: Verb = {
  name: "resume",
  summary: "have watch take care of paused environments again",
  description:
    "Ends the pauses of environments. A watch that runs looks at once and puts right what is not as wanted by then. Shows which pauses still hold.",
  operands: [operand],
  flags: [],
  examples: [
    { command: "cloister resume web", shows: "web alone" },
    { command: "cloister resume", shows: "everything that is paused" },
  ],
  needsRoot: true,
  async run(context) {
    const { resumeEnvironments } = await import("../pauses.ts");
    const { pauseDocument, renderPauses } = await import("../../ui/render-pauses.ts");
    const { settings, terminal } = context;
    const report = resumeEnvironments(context);
    if (settings.json) terminal.out(`${JSON.stringify(pauseDocument(report))}\n`);
    else if (!settings.quiet) terminal.out(renderPauses(report, { color: settings.color.out }));
    return 0;
  },
};
