import * as fs from "node:fs";
import { execa } from "execa";
import { CloisterError } from "../model/diagnostic.ts";
import type { RunRequest } from "../model/host.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** Runs a long command of a step: its output goes to the log, line by line to whoever shows progress. Throws with the last lines where it fails. */
export async function runCommand({ command, log, tolerates }: RunRequest): Promise<void> {
  const [name = "", ...args] = command;
  const output = log === null ? null : fs.openSync(log, "a", 0o600);
  const last: string[] = [];
  try {
    const child = execa(tool(name), args, { cwd: "/", env: { ...hostEnvironment() }, extendEnv: false, reject: false, stdin: "ignore", all: true, buffer: false });
    for await (const line of child.iterable({ from: "all" })) {
      if (output !== null) fs.writeSync(output, `${line}\n`);
      last.push(line);
      if (last.length > 20) last.shift();
    }
    const { exitCode, signal } = await child;
    if (exitCode === 0 || (exitCode !== undefined && tolerates.includes(exitCode))) return;
    throw new CloisterError({ code: "engine/step-failed", severity: "error", message: `${name} ended with ${exitCode ?? signal ?? "an error"}`, cause: last.join("\n") });
  } finally {
    if (output !== null) fs.closeSync(output);
  }
}
