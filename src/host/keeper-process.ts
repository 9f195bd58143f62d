import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import type { Readable, Writable } from "node:stream";
import { parseStat } from "../kernel/proc.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { HeldKeeper } from "../model/host.ts";
import { answerMs, endHanging } from "./hanging.ts";
import { readProc } from "./proc-reader.ts";
import { endProcess } from "./process-end.ts";
import { spawned } from "./spawned.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** What starts a keeper: the outer shell's command, its environment, and a file for what goes wrong. */
export interface HoldRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly log: string;
}

/**
 * Starts an environment's keeper behind its gate. The outer shell's standard input is the commit pipe: when this process ends before `commit` was
 * written, the pipe ends, and the shell kills the keeper. Descriptor 3 is the gate, 4 tells the keeper's pid as the host counts.
 */
export async function holdKeeper({ command, environment, log }: HoldRequest): Promise<HeldKeeper> {
  const [name = "", ...args] = command;
  const errors = fs.openSync(log, "w", 0o600);
  const child = spawn(tool(name), args, {
    cwd: "/",
    detached: true,
    env: hostEnvironment(environment),
    stdio: ["pipe", "ignore", errors, "pipe", "pipe"],
  });
  fs.closeSync(errors);
  await spawned(child);
  const commitPipe = writable(child.stdin);
  const gate = writable(child.stdio[3]);
  let hung: CloisterError | null = null;
  const timer = setTimeout(() => (hung = endHanging(child, answerMs)), answerMs);
  const pid = Number(await firstLine(readable(child.stdio[4])));
  clearTimeout(timer);
  if (!Number.isInteger(pid) || pid <= 0) {
    // The outer shell waits for our word as long as there may be one.
    commitPipe.destroy();
    gate.destroy();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    // Ctrl-C reached it before it had left our process group; the step is to be finished all the same.
    if (child.signalCode === "SIGINT") return holdKeeper({ command, environment, log });
    throw hung ?? notStarted(log);
  }
  commitPipe.write(`${pid}\n`);
  const start = parseStat(readProc(`/proc/${pid}/stat`))?.start;
  if (start === undefined) throw notStarted(log);
  return {
    pid,
    start,
    release: () => finish(gate, "go\n"),
    commit() {
      finish(commitPipe, "commit\n");
      child.unref();
    },
    async abandon() {
      commitPipe.destroy();
      gate.destroy();
      await endProcess({ pid, start, signal: "SIGKILL", graceMs: 0 });
    },
  };
}

// Node's pipes are sockets, which keep it running until both directions are closed.
function finish(pipe: Writable, text: string): void {
  pipe.end(text, () => pipe.destroy());
}

function notStarted(log: string): CloisterError {
  return new CloisterError({
    code: "engine/keeper-failed",
    severity: "error",
    message: "the namespaces could not be made",
    cause: fs.readFileSync(log, "utf8").trim(),
    hint: "cloister doctor says what this kernel refuses",
  });
}

function firstLine(stream: Readable): Promise<string> {
  return new Promise((done) => {
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) stream.destroy();
    });
    stream.once("close", () => done(text.split("\n")[0] ?? ""));
  });
}

function writable(stream: unknown): Writable {
  if (isWritable(stream)) {
    // The other end may be gone; that is found out by looking at the process.
    stream.on("error", () => undefined);
    return stream;
  }
  throw new Error("no pipe to the keeper");
}

function readable(stream: unknown): Readable {
  if (isReadable(stream)) return stream;
  throw new Error("no pipe from the keeper");
}

function isWritable(stream: unknown): stream is Writable {
  return typeof stream === "object" && stream !== null && "write" in stream;
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === "object" && stream !== null && "read" in stream;
}
