import { executionFlags, executionOf } from "../execution.ts";
import { environmentOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const shell: Verb = {
  name: "shell",
  summary: "open a shell inside an environment",
  description:
    "Opens the shell of the user inside (bash where there is one, else sh) on a terminal of its own: nothing that runs inside can reach yours. Ends with the shell's exit code.",
  operands: [environmentOperand],
  flags: executionFlags,
  examples: [
    { command: "cloister shell web", shows: "a shell as root of web" },
    { command: "cloister shell -u www-data web", shows: "as another user" },
  ],
  runs: "shell",
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const [environment = ""] = context.operands;
    const { terminal, flags } = context;
    const wantsTerminal = terminal.isTerminal("stdin") && terminal.isTerminal("stdout");
    const engine = await openEngine(context, { enters: wantsTerminal ? "terminal" : "process", makesNothing: true });
    return engine.execute({ ...executionOf(flags), environment, command: [], terminal: wantsTerminal });
  },
};
