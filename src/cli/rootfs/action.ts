import { CloisterError } from "../../model/diagnostic.ts";
import type { Context } from "../context.ts";

/** One thing that `rootfs` does with roots of the store. */
export interface RootfsAction {
  readonly name: string;
  /** As operands of a verb: `ROOT`, `[ROOT...]`. */
  readonly operands: readonly string[];
  /** The names of the flags that it takes; each needs no explanation beyond that of the verb. */
  readonly flags: readonly string[];
  /** With the operands that follow its name. Returns the exit code. */
  run(context: Context): Promise<number>;
}

/** Runs the action that the first operand names. Throws `usage/invalid-value`, `usage/unknown-flag`. */
export function runAction(actions: readonly RootfsAction[], context: Context, flags: readonly string[]): Promise<number> {
  const [word = "", ...operands] = context.operands;
  const action = actions.find(({ name }) => name === word);
  if (action === undefined) {
    const message = word === "" ? "rootfs is not told what to do" : `rootfs does not know "${word}"`;
    throw usage("usage/invalid-value", message, `it knows ${actions.map(({ name }) => name).join(", ")}`);
  }
  const line = `usage: ${["cloister", "rootfs", action.name, ...action.operands].join(" ")}`;
  const least = action.operands.filter((operand) => !operand.startsWith("[")).length;
  const most = action.operands.some((operand) => operand.includes("...")) ? Infinity : action.operands.length;
  if (operands.length < least)
    throw usage("usage/missing-operand", `rootfs ${action.name} needs ${action.operands[operands.length]}`, line);
  if (operands.length > most)
    throw usage("usage/too-many-operands", `rootfs ${action.name} does not know what to do with "${operands[most]}"`, line);
  const foreign = flags.find((name) => (context.flags.has(name) || context.flags.value(name) !== null) && !action.flags.includes(name));
  if (foreign !== undefined) throw usage("usage/unknown-flag", `rootfs ${action.name} has no flag --${foreign}`, line);
  return action.run({ ...context, operands });
}

function usage(
  code: "usage/invalid-value" | "usage/missing-operand" | "usage/too-many-operands" | "usage/unknown-flag",
  message: string,
  hint: string,
) {
  return new CloisterError({ code, severity: "error", message, hint });
}
