import { spawn } from "node:child_process";
import { CloisterError } from "../model/diagnostic.ts";
import type { RunRequest } from "../model/host.ts";
import { apart, hostEnvironment, tool } from "./tools.ts";

/** How much of what it prints is told where it fails, in characters. */
const told = 4000;

/** Runs a command of a step that is done at once: without what long ones need, which takes longer to load than most of these take to run. Throws where it fails. */
export async function runShort({ command, tolerates, input }: Pick<RunRequest, "command" | "tolerates" | "input">): Promise<void> {
  const [name = "", ...args] = command;
  const child = spawn(tool(name), args, {
    ...apart,
    env: { ...hostEnvironment() },
    stdio: [input === null ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      output = `${output}${chunk}`.slice(-told);
    });
  // It may end without having read all.
  child.stdin?.on("error", () => undefined).end(input);
  const ended = await new Promise<number | NodeJS.Signals | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done(code ?? signal));
  });
  if (ended === 0 || (typeof ended === "number" && tolerates.includes(ended))) return;
  throw new CloisterError({
    code: "engine/step-failed",
    severity: "error",
    message: `${name} ended with ${ended ?? "an error"}`,
    cause: output.trimEnd(),
  });
}
