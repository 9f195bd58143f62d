import { CloisterError } from "../../model/diagnostic.ts";
import { printableText } from "../../ui/printable.ts";
import { environmentOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const logs: Verb = {
  name: "logs",
  summary: "print what an environment's process wrote",
  description:
    "Prints the standard output and standard error of the environment's main process, as it wrote them. With -f it goes on until Ctrl-C. The manifest is given with --file here: -f follows.",
  operands: [environmentOperand],
  flags: [
    { spelling: "-f, --follow", description: "go on with what is written from now on" },
    { spelling: "-n, --tail LINES", description: "only the last so many lines" },
  ],
  examples: [
    { command: "cloister logs web", shows: "everything that is kept" },
    { command: "cloister logs -f -n 20 web", shows: "the last 20 lines and whatever comes" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { flags, operands, terminal } = context;
    const [environment = ""] = operands;
    const tail = lineCount(flags.value("tail"));
    const engine = await openEngine(context, { makesNothing: true });
    // A file or a program gets what was written; a terminal is not steered from inside.
    const write = terminal.isTerminal("stdout") ? (text: string) => terminal.out(printableText(text)) : terminal.out;
    const interrupted = await engine.logs({ environment, follow: flags.has("follow"), tail }, write);
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
