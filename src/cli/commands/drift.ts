import { environmentsOperand, ignoreFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const drift: Verb = {
  name: "drift",
  summary: "show what is no longer as it was applied; change nothing",
  description:
    "Compares the kernel with what was last applied and shows each difference with the kernel's own line. An edit of the manifest that was not applied yet is pending, not drift. What the manifest (`drift:`) or --ignore has ignored is listed and not counted. Where it is not known what was last applied, the manifest stands in, and that is said. Ends with 2 when something has drifted.",
  operands: [environmentsOperand],
  flags: [ignoreFlag],
  examples: [
    { command: "cloister drift", shows: "every environment of cloister.yaml" },
    { command: "cloister drift --ignore web.hostname web", shows: "only web, whatever its hostname is" },
    { command: "cloister drift --json | jq -r '.findings[].address'", shows: "for scripts: where, exit code 2 if anywhere" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { settings, terminal, flags, operands } = context;
    const engine = await openEngine(context, { looks: true, makesNothing: true });
    const report = await engine.drift(operands, { ignore: flags.values("ignore") });
    if (settings.json) {
      const { driftDocument } = await import("../../ui/drift-json.ts");
      terminal.out(`${JSON.stringify(driftDocument(report))}\n`);
    } else if (!settings.quiet) {
      const { renderDrift } = await import("../../ui/render-drift.ts");
      terminal.out(renderDrift(report, { color: settings.color.out }));
    }
    return report.findings.some(({ ignored }) => !ignored) ? 2 : 0;
  },
};
