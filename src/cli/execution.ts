import { CloisterError } from "../model/diagnostic.ts";
import type { Execution } from "./engine.ts";
import type { Flag } from "./flag.ts";
import type { Flags } from "./flags.ts";

/** The flags of exec and shell. */
export const executionFlags: readonly Flag[] = [
  { spelling: "-u, --user USER", description: "as this user of the environment: a name, an id, or USER:GROUP" },
  { spelling: "-w, --working-dir DIR", description: "in this directory of the environment" },
  { spelling: "-e, --env NAME=VALUE", description: "with this variable", repeatable: true },
];

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

/** What is told where an environment is to be entered that does not run. */
export function notRunning(name: string): CloisterError {
  const message = `${name} is not running`;
  return new CloisterError({ code: "engine/not-running", severity: "error", message, hint: `start it: cloister apply ${name}` });
}
