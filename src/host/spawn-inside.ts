import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicMs } from "../model/clock.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { SpawnRequest } from "../model/host.ts";
import { groupPids } from "./cgroup-files.ts";
import { removeFile } from "./files.ts";
import { endHanging } from "./hanging.ts";
import { readProc } from "./proc-reader.ts";
import { spawned } from "./spawned.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** Time for a process to be inside and running; entering takes some 5 ms. */
const startMs = 10_000;

/** Starts a process that outlives us, its output appended to a file. Resolves when its own program runs inside, or has ended already; throws where it could not be run. */
export async function spawnInside({ command, environment, log, group, end }: SpawnRequest): Promise<void> {
  const [name = "", ...args] = command;
  const output = fs.openSync(log, "a", 0o600);
  const from = fs.fstatSync(output).size;
  const child = spawn(tool(name), args, { cwd: "/", detached: true, env: hostEnvironment(environment), stdio: ["ignore", output, output] });
  fs.closeSync(output);
  child.unref();
  await spawned(child);
  const said = () => writtenSince(log, from);
  const entering = fs.statSync(tool("perl"));
  for (const until = monotonicMs() + startMs; monotonicMs() < until; await delay(0.5)) {
    const code = /^\d+/.exec(readProc(end))?.[0];
    if (code === "1" && /^nsenter: /.test(await lastWords(said, child))) {
      // Not the program's own code: nsenter, or the shell after it, could not even fork. That is no end of it.
      removeFile(end);
      refuseUnrunnable(125, said());
    }
    if (code !== undefined) {
      if (isUnrunnable(Number(code))) refuseUnrunnable(Number(code), await lastWords(said, child));
      return;
    }
    if (groupPids(group).some((pid) => runsItsOwn(pid, entering))) return;
    // Its end is written down before who waits for it ends: where that could not even be begun, nothing comes any more.
    if (hasEnded(child) && !/^\d/.test(readProc(end))) refuseUnrunnable(125, said());
  }
  throw endHanging(child, startMs);
}

/** Whether none is left of those that it has started: they are its process group, and it may have ended long before. */
function hasEnded({ pid = 0 }: ChildProcess): boolean {
  try {
    return !process.kill(-pid, 0);
  } catch {
    return true;
  }
}

// Before that it is the host's perl, which enters.
function runsItsOwn(pid: number, entering: fs.Stats): boolean {
  try {
    const program = fs.statSync(`/proc/${pid}/exe`);
    return program.ino !== entering.ino || program.dev !== entering.dev;
  } catch {
    return false;
  }
}

/** The codes of what was not run, as the shim ends with them. */
function isUnrunnable(code: number): boolean {
  return code >= 125 && code <= 127;
}

/** Time for what keeps the log to write what it was told last, in ms: it may only just have been started. */
const lastWordsMs = 500;

/** What was said last, which may come into the log after the end was written down. Nothing comes of what ended so by itself without a word, nor where what keeps the log has ended. */
async function lastWords(said: () => string, child: ChildProcess): Promise<string> {
  for (const until = monotonicMs() + lastWordsMs; said() === "" && !hasEnded(child) && monotonicMs() < until; ) await delay(2);
  return said();
}

/** So much of its output is read for an error, in bytes. */
const saidBytes = 64 * 1024;

/** What is in a log behind so many bytes; from its beginning where it is shorter, as it was rotated. */
function writtenSince(log: string, from: number): string {
  const descriptor = fs.openSync(log, "r");
  try {
    const buffer = Buffer.alloc(saidBytes);
    const position = fs.fstatSync(descriptor).size < from ? 0 : from;
    return buffer.toString("utf8", 0, fs.readSync(descriptor, buffer, 0, buffer.length, position));
  } finally {
    fs.closeSync(descriptor);
  }
}

function refuseUnrunnable(code: number, said: string): never {
  throw new CloisterError({
    code: "engine/not-runnable",
    severity: "error",
    message:
      code === 127
        ? "the command is not there"
        : code === 126
          ? "the command cannot be run"
          : "the process could not enter the environment",
    cause: said.trim(),
    hint: "the environment runs: look into it with cloister shell",
  });
}
