import { detachKeysOf } from "../detach-keys.ts";
import { detachKeysFlag, executionFlags, executionOf, streamFlags, wantsTerminal } from "../execution.ts";
import { checkOperands, environmentOperand } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const exec: Verb = {
  name: "exec",
  summary: "run a command inside an environment",
  description:
    "Runs a command in the environment's namespaces, control group and limits, with its capabilities. Ends with the command's own exit code; 125 is a failure of cloister, 126 a command that cannot be run, 127 one that is not there, 128+N one that signal N ended. From a terminal it has one of the environment's own. What stands behind the environment belongs to the command, flags too.",
  operands: [environmentOperand, { spelling: "COMMAND...", description: "the command and its arguments" }],
  flags: [...executionFlags, ...streamFlags, detachKeysFlag],
  examples: [
    { command: "cloister exec web nginx -t", shows: "check the configuration of nginx inside web" },
    { command: "cloister exec -u www-data -w /srv web ls -l", shows: "as another user, in another directory" },
    { command: "cloister exec -T db pg_dump app >app.sql", shows: "take the output; no terminal that would change it" },
  ],
  runs: "command",
  needsRoot: true,
  async run(context) {
    const { executeIn } = await import("../execute-in.ts");
    const [environment = "", ...rest] = context.operands;
    const command = rest[0] === "--" ? rest.slice(1) : rest;
    checkOperands(exec, [environment, ...command]);
    const terminal = wantsTerminal(context);
    const detachKeys = detachKeysOf(context.flags);
    return executeIn(context, { ...executionOf(context.flags), environment, command, terminal, detachKeys });
  },
};
