import { CloisterError } from "../model/diagnostic.ts";
import type { Context } from "./context.ts";
import type { Execution } from "./engine.ts";
import type { Flag } from "./flag.ts";
import type { Flags } from "./flags.ts";

/** The flags of exec, shell and run. */
export const executionFlags: readonly Flag[] = [
  { spelling: "-u, --user USER", description: "as this user of the environment: a name, an id, or USER:GROUP" },
  { spelling: "-w, --working-dir DIR", description: "in this directory of the environment" },
  { spelling: "-e, --env NAME=VALUE", description: "with this variable", repeatable: true },
];

/** The flags of verbs that run a command: what streams it has. */
export const streamFlags: readonly Flag[] = [
  { spelling: "-i, --interactive", description: "as docker has it; what is typed or comes through a pipe is passed on in any case" },
  {
    spelling: "-t, --tty",
    description: "a terminal for the command, and an error where there is none; without it, a terminal where there is one",
  },
  { spelling: "-T, --no-tty", description: "no terminal for the command, even where there is one" },
];

/** The flag of verbs that run a command which may outlive them. */
export const detachKeysFlag: Flag = {
  spelling: "--detach-keys KEYS",
  description:
    "what is typed on a terminal to leave the command running, as ctrl-p,ctrl-q; without it, and without CLOISTER_DETACH_KEYS, every key is the command's",
};

/** Whether what is run is to have a terminal of its own: where ours is one, unless that is not wanted. Throws `usage/invalid-value` where it must, and cannot. */
export function wantsTerminal({ flags, terminal }: Context): boolean {
  const lacking = (["stdin", "stdout"] as const).find((stream) => !terminal.isTerminal(stream));
  if (!flags.has("tty")) return lacking === undefined && !flags.has("no-tty");
  if (lacking === undefined && !flags.has("no-tty")) return true;
  throw new CloisterError({
    code: "usage/invalid-value",
    severity: "error",
    message:
      lacking === undefined
        ? "--tty and --no-tty contradict one another"
        : `--tty asks for a terminal, and standard ${lacking === "stdin" ? "input" : "output"} is none`,
    hint: "leave --tty away: then the command has a terminal where there is one",
  });
}

/** What the flags say of how to run something inside. Throws `usage/invalid-value`. */
export function executionOf(flags: Flags): Pick<Execution, "user" | "workingDir" | "variables"> {
  const variables = flags.values("env").map((given) => {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=([^\0]*)$/s.exec(given);
    if (match !== null) return [match[1] ?? "", match[2] ?? ""] as const;
    throw new CloisterError({
      code: "usage/invalid-value",
      severity: "error",
      message: `--env is "${given}", which sets no variable`,
      hint: "write NAME=VALUE; the name is letters, digits and _",
    });
  });
  return { user: flags.value("user"), workingDir: flags.value("working-dir"), variables: Object.fromEntries(variables) };
}
