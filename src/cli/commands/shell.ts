import { detachKeysOf } from "../detach-keys.ts";
import { detachKeysFlag, executionFlags, executionOf, wantsTerminal } from "../execution.ts";
import { environmentOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const shell: Verb = {
  name: "shell",
  summary: "open a shell inside an environment",
  description:
    "Opens the shell of the user inside (bash where there is one, else sh) on a terminal of the environment's own: nothing that runs inside can reach yours. Ends with the shell's exit code.",
  operands: [environmentOperand],
  flags: [...executionFlags, detachKeysFlag],
  examples: [
    { command: "cloister shell web", shows: "a shell as root of web" },
    { command: "cloister shell -u www-data web", shows: "as another user" },
  ],
  runs: "shell",
  needsRoot: true,
  async run(context) {
    const { executeIn } = await import("../execute-in.ts");
    const [environment = ""] = context.operands;
    const terminal = wantsTerminal(context);
    const detachKeys = detachKeysOf(context.flags);
    return executeIn(context, { ...executionOf(context.flags), environment, command: [], terminal, detachKeys });
  },
};
