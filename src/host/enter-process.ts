import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { constants } from "node:os";
import { codeOf } from "../model/errno.ts";
import type { Machine } from "../model/resource.ts";
import { readProc } from "./proc-reader.ts";
import { endRelay, relay, streamsInside } from "./standard-streams.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** A process that is to run inside: the entering command as `enterCommand` gives it, and its variables. */
export interface EnterRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What runs one process inside on our standard streams, and waits until it is told which. It ends by itself when this process ends without telling it. */
export interface Entering {
  /** Resolves with the exit code that this process is to end with: that of the process, 128+N where signal N ended it. */
  readonly run: (request: EnterRequest) => Promise<number>;
}

/** Where the launcher says on which descriptor it waits for what is to be run (`told_by_node` in src/cli/recall.pl). */
const variable = "CLOISTER_ENTERING";

/** Whether the launcher waits to be told what is to be run. */
export function isAwaited(): boolean {
  return process.env[variable] !== undefined;
}

/** Our parent, where it waits for that; else the shim, compiled meanwhile. Throws `engine/unsafe-stream`. */
export function startEntering(machine: Pick<Machine, "shim" | "architecture">): Entering {
  const descriptor = process.env[variable];
  if (descriptor === undefined) return startShim(machine);
  return {
    run(request) {
      delete process.env[variable];
      const words = Buffer.from(wordsOf(request));
      try {
        for (let written = 0; written < words.length; ) written += fs.writeSync(Number(descriptor), words, written);
        fs.closeSync(Number(descriptor));
      } catch (error) {
        // It was killed meanwhile: nobody is left to be told, and nothing runs.
        if (codeOf(error) !== "EPIPE") throw error;
        return Promise.resolve(128 + constants.signals.SIGKILL);
      }
      // It ends as the process inside does, whatever we end with.
      return Promise.resolve(0);
    },
  };
}

function startShim({ shim, architecture }: Pick<Machine, "shim" | "architecture">): Entering {
  // In a session of its own, so that Ctrl-C reaches the process through us and not its waiting parent.
  const stdio = [...streamsInside(), "pipe"] satisfies StdioOptions;
  const child = spawn(tool("perl"), [shim, architecture, "enter-awaited"], { cwd: "/", detached: true, env: hostEnvironment(), stdio });
  return {
    run(request) {
      const pipe = child.stdio[3];
      if (pipe === null || pipe === undefined || !("write" in pipe)) throw new Error("no pipe to the shim");
      // It may have ended: its exit code tells.
      pipe.on("error", () => undefined);
      pipe.end(wordsOf(request));
      relay(child);
      child.once("exit", () => endRelay(child));
      return endOf(child);
    },
  };
}

function wordsOf({ command, environment }: EnterRequest): string {
  const variables = Object.entries(environment).map(([name, value]) => `set=${name.replace(/^CLOISTER_SET_/, "")}=${value}`);
  return [...variables, ...command.slice(command.indexOf("enter") + 1), "end"].join("\0");
}

/** The exit code of a process inside, 128+N where signal N ended it; signals are passed on to it until it has ended, or it is to be forgotten. */
export function endOf(child: ChildProcess, stop?: AbortSignal): Promise<number> {
  return new Promise((done, failed) => {
    const forward = (signal: NodeJS.Signals) => sendInside(child, signal);
    const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
    const forget = () => {
      for (const one of signals) process.off(one, forward);
    };
    for (const signal of signals) process.on(signal, forward);
    stop?.addEventListener("abort", forget);
    child.once("error", failed);
    child.once("close", (code, signal) => {
      forget();
      done(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** The waiting parent would not pass it on: the process itself is its only child. */
function sendInside({ pid: parent = 0 }: ChildProcess, signal: NodeJS.Signals): void {
  const pid = Number(/^\d+/.exec(readProc(`/proc/${parent}/task/${parent}/children`))?.[0] ?? parent);
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between.
  }
}
