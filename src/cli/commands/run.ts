import { executionFlags, executionOf, streamFlags, wantsTerminal } from "../execution.ts";
import { environmentOperand, lockedFlag, offlineFlag } from "../operands.ts";
import type { Verb } from "../verb.ts";

export const run: Verb = {
  name: "run",
  summary: "run a command in an environment of its own, made for it alone",
  description:
    "Makes an environment like the one that is named, runs a command in it, and destroys it when the command has ended. It has the same root, mounts, volumes, files, secrets, limits and network, but an overlay of its own that is thrown away, none of the processes, no published port and no fixed address; the one that is named need not run. Without a command it runs that of the process main, with its user, directory and variables. Ends with the command's own exit code; 125 to 128+N as exec.",
  operands: [environmentOperand, { spelling: "[COMMAND...]", description: "the command and its arguments" }],
  flags: [
    ...executionFlags,
    ...streamFlags,
    { spelling: "--rm", description: "as docker compose has it; the environment is taken away in any case" },
    lockedFlag,
    offlineFlag,
  ],
  examples: [
    { command: "cloister run --rm web nginx -t", shows: "check a configuration without touching what runs" },
    { command: "cloister run db psql -h db -U app", shows: "a client beside the server" },
    { command: "cloister run job", shows: "what the manifest has it run, once" },
  ],
  runs: "command",
  needsRoot: true,
  async run(context) {
    const { runTransient } = await import("../run-transient.ts");
    const [environment = "", ...rest] = context.operands;
    const command = rest[0] === "--" ? rest.slice(1) : rest;
    return runTransient({ ...executionOf(context.flags), environment, command, terminal: wantsTerminal(context) }, context);
  },
};
