import { CloisterError } from "../../model/diagnostic.ts";
import { readMoment } from "../log-moment.ts";
import { logOutput } from "../log-output.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const logs: Verb = {
  name: "logs",
  summary: "print what processes wrote",
  description:
    "Prints the standard output and standard error of processes, as they wrote them; of several each line with the name of its process before it, one process after another, or in the order of time where the manifest has `logging: {times: true}`. That is needed for -t, --since and --until too. With -f it goes on until Ctrl-C, with every line as it comes. With --json each line is a document of one line. The manifest is given with --file here: -f follows.",
  operands: [
    { spelling: `[${processesOperand.spelling}]`, description: `${processesOperand.description}; of all environments where none is named` },
  ],
  flags: [
    { spelling: "-f, --follow", description: "go on with what is written from now on" },
    { spelling: "-n, --tail LINES", description: "only the last so many lines of each" },
    { spelling: "-t, --timestamps", description: "when each line came, before it" },
    { spelling: "--since TIME", description: "only what came since: 10m ago, or 2026-11-26T16:00" },
    { spelling: "--until TIME", description: "only what had come until then; with -f, it ends then" },
  ],
  examples: [
    { command: "cloister logs web", shows: "everything that is kept of all its processes" },
    { command: "cloister logs web/nginx", shows: "of one of them" },
    { command: "cloister logs -f", shows: "whatever comes, of all environments" },
    { command: "cloister logs -f -n 20 web", shows: "the last 20 lines and whatever comes" },
    { command: "cloister logs -t --since 10m web", shows: "of the last ten minutes, with times" },
    { command: "cloister logs web --json | jq -r 'select(.process == \"nginx\").line'", shows: "for programs" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { flags, operands, settings, terminal } = context;
    const tail = lineCount(flags.value("tail"));
    const now = Date.now();
    const span = { since: readMoment("since", flags.value("since"), now), until: readMoment("until", flags.value("until"), now) };
    // What is over by now has nothing to wait for.
    const left = span.until === null ? Number.POSITIVE_INFINITY : span.until - now;
    const follow = flags.has("follow") && left > 0;
    const ends = follow && left <= longestMs ? { ends: AbortSignal.timeout(left) } : {};
    const engine = await openEngine(context, { makesNothing: true });
    const { encoding, write } = logOutput(terminal, settings.json);
    const wish = { operands, follow, tail, ...span, encoding, times: flags.has("timestamps"), json: settings.json, ...ends };
    const interrupted = await engine.logs(wish, write, (of, bytes) =>
      terminal.error(
        `cloister: ${of}: ${bytes} bytes were rotated away before they could be shown here: whoever reads this is slower than the process\n`,
      ),
    );
    if (!interrupted) return 0;
    const { lookInterrupted } = await import("../interruption.ts");
    return lookInterrupted(terminal);
  },
};

/** The longest time that a timer takes, 24 days, in ms. */
const longestMs = 2 ** 31 - 1;

function lineCount(given: string | null): number | null {
  if (given === null) return null;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message: `--tail is "${given}", which is no number of lines`,
    hint: "write a whole number: -n 20",
  });
}
