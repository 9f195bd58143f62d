import { CloisterError } from "../../model/diagnostic.ts";
import { printableText } from "../../ui/printable.ts";
import { processesOperand } from "../process-operands.ts";
import type { Verb } from "../verb.ts";

export const logs: Verb = {
  name: "logs",
  summary: "print what processes wrote",
  description:
    "Prints the standard output and standard error of processes, as they wrote them; of several one after another, each line with the name of its process before it. With -f it goes on until Ctrl-C, with every line as it comes. With --json each line is a document of one line. The manifest is given with --file here: -f follows.",
  operands: [processesOperand],
  flags: [
    { spelling: "-f, --follow", description: "go on with what is written from now on" },
    { spelling: "-n, --tail LINES", description: "only the last so many lines of each" },
  ],
  examples: [
    { command: "cloister logs web", shows: "everything that is kept of all its processes" },
    { command: "cloister logs web/nginx", shows: "of one of them" },
    { command: "cloister logs -f -n 20 web", shows: "the last 20 lines and whatever comes" },
    { command: "cloister logs web --json | jq -r 'select(.process == \"nginx\").line'", shows: "for programs" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { flags, operands, settings, terminal } = context;
    const tail = lineCount(flags.value("tail"));
    const engine = await openEngine(context, { makesNothing: true });
    // A file or a program gets what was written; a terminal is not steered from inside.
    const write = terminal.isTerminal("stdout") ? (text: string) => terminal.out(printableText(text)) : terminal.out;
    const interrupted = await engine.logs({ operands, follow: flags.has("follow"), tail, json: settings.json }, write);
    return interrupted ? 130 : 0;
  },
};

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
