import { durationMs } from "../flags.ts";
import { environmentsOperand, pruneFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const watch: Verb = {
  name: "watch",
  summary: "keep environments as the manifest says, until it is stopped",
  description:
    "Applies the manifest, then listens: to its files, to the mounts, control groups and deaths of the environments. What was changed, on either side, is put right at once, in place. What would recreate, restart or destroy is told and left, unless -y says yes beforehand. Drift is put right, told or left as the manifest says (`drift:`); what is paused is left alone. A manifest that is broken is told once, and the last good one holds. SIGHUP makes it look at everything, SIGTERM and Ctrl-C end it; the environments run on.",
  operands: [environmentsOperand],
  flags: [
    { spelling: "--once", description: "look once, put right what is not as wanted, and end" },
    { spelling: "--no-repair", description: "only tell what is not as wanted; change nothing" },
    {
      spelling: "--interval TIME",
      description:
        "how often to look at everything, whatever was heard, as 500ms, 30s, 5m (default: 30s; 400 times as long as a look where that is more)",
    },
    pruneFlag,
  ],
  examples: [
    { command: "cloister watch", shows: "every environment of cloister.yaml" },
    { command: "cloister watch --json --no-repair", shows: "each drift as a line of JSON, nothing changed" },
    { command: "cloister watch --once", shows: "one look and one repair, as a timer would do it" },
  ],
  needsRoot: true,
  async run(context) {
    const { flags, settings, terminal, operands } = context;
    const interval = flags.value("interval");
    const intervalMs = interval === null ? null : Math.max(100, durationMs("interval", interval));
    const { openEngine } = await import("../open-engine.ts");
    const { reporterFor } = await import("../../ui/reporter.ts");
    const engine = await openEngine(context, { secrets: "keep" });
    const quiet = settings.progress === "json" || settings.progress === "quiet";
    const reporter = await reporterFor({
      // Lines that stay: it goes on for ever.
      mode: quiet ? settings.progress : "plain",
      isTerminal: false,
      color: settings.color.out,
      verbose: settings.verbose,
      write: terminal.out,
      sources: context.sources,
    });
    const wish = {
      environments: operands,
      once: flags.has("once"),
      repair: !flags.has("no-repair"),
      prune: flags.has("prune"),
      intervalMs,
    };
    return engine.watch(wish, (event) => reporter.report(event));
  },
};
