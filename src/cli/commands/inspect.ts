import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const inspect: Verb = {
  name: "inspect",
  summary: "show everything about environments: namespaces, mounts, ids, limits",
  description:
    "Prints what the kernel shows of the environments: pids, namespaces, id maps, mounts, control groups, limits, capabilities, and where their files are.",
  operands: [environmentsOperand],
  flags: [],
  examples: [
    { command: "cloister inspect web", shows: "all about web" },
    { command: "cloister inspect web --json | jq '.environments[0].mounts'", shows: "its mount table, for programs" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { settings, terminal } = context;
    const engine = await openEngine(context, { makesNothing: true });
    const environments = await engine.inspect(context.operands);
    if (settings.json) {
      terminal.out(`${JSON.stringify({ schema: "cloister/inspect/v1", project: engine.project, environments })}\n`);
    } else {
      const { renderTree } = await import("../../ui/render-tree.ts");
      terminal.out(environments.map((environment) => renderTree(environment, { color: settings.color.out })).join("\n"));
    }
    return 0;
  },
};
