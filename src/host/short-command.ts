import { CloisterError } from "../model/diagnostic.ts";
import type { RunRequest } from "../model/host.ts";
import type { Assistants } from "./assistant.ts";
import { tool } from "./tools.ts";

/** How much of what it prints is told where it fails, in characters. */
const told = 4000;

/** How long what has but a few calls to the kernel to make may take, in ms, after it has asked a name server; and the longest time that a timer can have. */
const [answersMs, longestMs] = [120_000, 2 ** 31 - 1];

/**
 * Runs a command of a step that is done at once, by the shim that waits: to start one from here takes longer than most of these take to run.
 * Throws `engine/step-failed`, `host/tool-hangs`.
 */
export async function runShort(
  { command, tolerates, input, lasts }: Pick<RunRequest, "command" | "tolerates" | "input" | "lasts">,
  askOne: Assistants["askOne"],
): Promise<void> {
  const [name = "", ...args] = command;
  const { code, output } = await askOne(["run", input ?? "", tool(name), ...args], lasts ? longestMs : answersMs);
  if (code === 0 || tolerates.includes(code)) return;
  throw new CloisterError({
    code: "engine/step-failed",
    severity: "error",
    message: `${name} ended with ${code}`,
    cause: output.replace(/^ /gm, "").slice(-told).trimEnd(),
  });
}
