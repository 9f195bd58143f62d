import { CloisterError } from "../model/diagnostic.ts";
import type { NetworkRequest, RunRequest } from "../model/host.ts";
import type { Assistants } from "./assistant.ts";
import { longestMs } from "./assistant.ts";
import { tool } from "./tools.ts";

/** How much of what it prints is told where it fails, in characters. */
const told = 4000;

/** How long what has but a few calls to the kernel to make may take, in ms, after it has asked a name server. */
const answersMs = 120_000;

/**
 * Runs a command of a step that is done at once, by the shim that waits: to start one from here takes longer than most of these take to run.
 * Throws `engine/step-failed`, `host/tool-hangs`.
 */
export async function runShort(
  { command, tolerates, input, lasts }: Pick<RunRequest, "command" | "tolerates" | "input" | "lasts">,
  askOne: Assistants["askOne"],
): Promise<void> {
  const { code, output } = await askOne(["run", ...words({ command, input })], lasts ? longestMs : answersMs);
  if (code === 0 || tolerates.includes(code)) return;
  throw failed(`${command[0]} ended with ${code}`, output);
}

/** Begins what `runShort` then only waits for. */
export function beginShort(request: Pick<RunRequest, "command" | "input">, tell: Assistants["tell"]): void {
  tell(["ahead", ...words(request)]);
}

function words({ command: [name = "", ...args], input }: Pick<RunRequest, "command" | "input">): readonly string[] {
  return [input ?? "", tool(name), ...args];
}

/** Changes networks, likewise. Throws `engine/step-failed`, `host/tool-hangs`. */
export async function changeNetwork({ lines, inside }: NetworkRequest, askOne: Assistants["askOne"]): Promise<void> {
  const { code, output } = await askOne(["network", inside?.pid ?? "", inside?.start ?? "", ...lines], answersMs);
  if (code !== 0) throw failed("the network could not be changed", output);
}

function failed(message: string, output: string): CloisterError {
  const cause = output.replace(/^ /gm, "").slice(-told).trimEnd();
  return new CloisterError({ code: "engine/step-failed", severity: "error", message, cause });
}
