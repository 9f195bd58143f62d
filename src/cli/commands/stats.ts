import type { EnvironmentRate } from "../../model/usage.ts";
import { durationMs } from "../flags.ts";
import { environmentsOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const stats: Verb = {
  name: "stats",
  summary: "show what environments and their processes use, against their limits",
  description:
    "A table of what runs: processors (100 % is one), memory, tasks, what was read from and written to disks, each with its limit, and how much of the last ten seconds something waited for processors, memory or disks (the kernel's pressure). Below an environment stand its processes, and what was short: how often it was held back, what the kernel ended because memory ran out. On a terminal it goes on until Ctrl-C; elsewhere, and with --json, it is one look.",
  operands: [environmentsOperand],
  flags: [
    { spelling: "--once", description: "one look, on a terminal too" },
    { spelling: "--interval TIME", description: "the time that rates are of, as 500ms, 5s (default: 1s)" },
  ],
  examples: [
    { command: "cloister stats", shows: "every environment that runs, again each second" },
    { command: "cloister stats web --json | jq '.environments[0].memory_bytes'", shows: "one look, for programs" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { statsDocument } = await import("../../ui/stats-json.ts");
    const { renderStats } = await import("../../ui/render-stats.ts");
    const { flags, operands, settings, terminal } = context;
    const intervalMs = Math.max(100, durationMs("interval", flags.value("interval") ?? "1s"));
    const engine = await openEngine(context, { makesNothing: true });
    const live = terminal.isTerminal("stdout") && !settings.json && !flags.has("once");
    const shown = (environments: readonly EnvironmentRate[]) => {
      if (settings.json) return `${JSON.stringify(statsDocument(engine.project, environments))}\n`;
      const screen = live ? { screen: { columns: terminal.columns(), rows: terminal.rows() } } : {};
      return renderStats(environments, { color: settings.color.out, ...screen });
    };
    const wish = { intervalMs, follow: live };
    const interrupted = await engine.usage(operands, wish, (environments) => terminal.out(shown(environments)));
    if (!interrupted) return 0;
    const { lookInterrupted } = await import("../interruption.ts");
    return lookInterrupted(terminal);
  },
};
