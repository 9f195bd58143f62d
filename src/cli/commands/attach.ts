import { detachKeysOf, usualDetachKeys } from "../detach-keys.ts";
import type { Verb } from "../verb.ts";

export const attach: Verb = {
  name: "attach",
  summary: "see and type what a running process shows and reads",
  description:
    "Shows what a process prints from now on, until it ends, and ends with its code, 128+N where signal N ended it. What is typed, or comes through a pipe, goes to the process where the manifest has `stdin_open: true`. With `tty: true` keys go to it as they are typed, Ctrl-C too, and it follows the size of the terminal; the detach keys leave it running and end attach with 0. Else Ctrl-C ends attach (130), and the process runs on, as it does however attach ends. Several can be attached at once.",
  operands: [{ spelling: "ENVIRONMENT[/PROCESS]", description: "the process; that of the environment, where it has one alone" }],
  flags: [
    {
      spelling: "--detach-keys KEYS",
      description: "what leaves it running, as ctrl-p,ctrl-q (the default, where CLOISTER_DETACH_KEYS does not say otherwise)",
    },
    { spelling: "--no-stdin", description: "pass no input on" },
  ],
  examples: [
    { command: "cloister attach web/console", shows: "work on its terminal; ctrl-p ctrl-q leaves it" },
    { command: "cloister attach --detach-keys ctrl-x,x web/console", shows: "with other keys" },
    { command: "cloister attach --no-stdin web/console", shows: "look on" },
    { command: "echo reload | cloister attach web/server", shows: "pass a line on, and see what comes of it" },
  ],
  needsRoot: true,
  async run(context) {
    const { openEngine } = await import("../open-engine.ts");
    const { flags, operands, terminal, settings } = context;
    const detachKeys = detachKeysOf(flags) ?? usualDetachKeys;
    const engine = await openEngine(context, { makesNothing: true });
    const [operand = ""] = operands;
    return engine.attach({ operand, detachKeys, input: !flags.has("no-stdin"), terminal, isQuiet: settings.quiet });
  },
};
