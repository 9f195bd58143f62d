import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const status: Verb = {
  name: "status",
  summary: "show how the environments stand",
  description:
    "A table of the environments: whether they run, whether they are as the manifest says and in what not, their first process, uptime, root and memory. All of it is seen in the kernel: it works without any record of ours.",
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
    const states = await engine.status(context.operands);
    if (settings.json) {
      const { statusDocument } = await import("../../ui/status-json.ts");
      terminal.out(`${JSON.stringify(statusDocument(engine.project, states))}\n`);
    } else {
      const { renderStatus } = await import("../../ui/render-status.ts");
      terminal.out(renderStatus(states, { color: settings.color.out }));
    }
    return 0;
  },
};
