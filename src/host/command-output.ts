import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { CloisterError } from "../model/diagnostic.ts";
import { apart, hostEnvironment, tool } from "./tools.ts";

/** What a command of the host prints, whole. Throws `rootfs/unreadable` with its last words where it fails. */
export async function commandOutput(command: readonly string[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await runReading(command, "pipe", (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** Has a command of the host print into an open file. Throws `rootfs/unreadable` with its last words where it fails. */
export function commandInto(command: readonly string[], descriptor: number): Promise<void> {
  return runReading(command, descriptor, () => undefined);
}

async function runReading([name = "", ...args]: readonly string[], stdout: "pipe" | number, take: (chunk: Buffer) => void): Promise<void> {
  const child = spawn(tool(name), args, { ...apart, env: hostEnvironment(), stdio: ["ignore", stdout, "pipe"] });
  let words = "";
  const listen = (stream: Readable | null, on: (chunk: Buffer) => void) => stream?.on("data", on);
  listen(child.stdout, take);
  listen(child.stderr, (chunk) => {
    words = `${words}${chunk.toString()}`.slice(-4000);
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  if (code === 0) return;
  throw new CloisterError({
    code: "rootfs/unreadable",
    severity: "error",
    message: `the root cannot be read: ${name} ended with ${code ?? "a signal"}`,
    hint: "cloister rootfs verify says whether its image is whole",
    ...(words === "" ? {} : { cause: words }),
  });
}
