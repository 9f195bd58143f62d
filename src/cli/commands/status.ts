import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const status: Verb = {
  name: "status",
  summary: "show how the environments stand",
  description:
    "A table of the environments: whether they run, whether they are as the manifest says and in what not, their first process, uptime, root and memory, and below each what is not good: paused, drifted, pending, what a watch that runs has told. With --json each has its conditions. What is seen in the kernel needs no record of ours.",
  operands: [environmentsOperand],
  flags: [],
  examples: [
    { command: "cloister status", shows: "every environment of cloister.yaml" },
    { command: "cloister status --json | jq '.environments[] | select(.synced | not)'", shows: "those that are not as the manifest says" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { settings, terminal } = context;
    const engine = await openEngine(context, { looks: true, makesNothing: true });
    const report = await engine.status(context.operands);
    if (settings.json) {
      const { statusDocument } = await import("../../ui/status-json.ts");
      terminal.out(`${JSON.stringify(statusDocument(report))}\n`);
    } else {
      const { renderStatus } = await import("../../ui/render-status.ts");
      terminal.out(renderStatus(report, { color: settings.color.out }));
    }
    return 0;
  },
};
