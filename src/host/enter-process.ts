import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { Duplex } from "node:stream";
import type { Machine } from "../model/resource.ts";
import { ownGroupFile } from "./cgroup-files.ts";
import { readProc } from "./proc-reader.ts";
import { endRelay, relay, streamsInside } from "./standard-streams.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** The shim, started and not told yet what to run. */
export type WaitingShim = ChildProcess;

/** A process that is to run inside: the entering command as `enterCommand` gives it, and its variables. */
export interface EnterRequest {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts the shim before it is known what it is to run, so that it is compiled meanwhile. It ends by itself when this process ends without telling it.
 * On our standard streams; throws `engine/unsafe-stream`.
 */
export function startEntering(machine: Pick<Machine, "shim" | "architecture">): WaitingShim {
  const group = ownGroupFile();
  const args = [machine.shim, machine.architecture, "enter-awaited", ...(group === null ? [] : [group])];
  // In a session of its own, so that Ctrl-C reaches the process through us and not its waiting parent.
  return spawn(tool("perl"), args, { cwd: "/", detached: true, env: hostEnvironment(), stdio: [...streamsInside(), "pipe"] });
}

/** Runs a process inside on our standard streams, passing signals on. Resolves with its exit code, 128+N where signal N ended it. */
export function runInside(waiting: WaitingShim, request: EnterRequest): Promise<number> {
  const child = tell(waiting, request);
  child.once("exit", () => endRelay(child));
  return endOf(child);
}

/** A process inside, on a terminal of its own. */
export interface InTerminal {
  /** What holds the terminal: see attached.ts. */
  readonly socket: Duplex;
  /** Its exit code, as of `runInside`. */
  readonly code: Promise<number>;
  /** No longer awaited, nor sent signals. */
  forget(): void;
}

/** Runs a process inside, by the command that makes its terminal for who is connected on descriptor 3; passes signals on. */
export function runInTerminal({ command: [name = "", ...args], environment }: EnterRequest): InTerminal {
  // In a session of its own: what is typed on our terminal comes by the socket alone.
  const stdio = ["ignore", "ignore", "inherit", "pipe"] satisfies StdioOptions;
  const child = spawn(tool(name), args, { cwd: "/", detached: true, env: hostEnvironment(environment), stdio });
  const socket = child.stdio[3];
  if (!(socket instanceof Duplex)) throw new Error("no connection to the terminal");
  const stop = new AbortController();
  return {
    socket,
    code: endOf(child, stop.signal),
    forget() {
      stop.abort();
      child.unref();
    },
  };
}

function endOf(child: ChildProcess, stop?: AbortSignal): Promise<number> {
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

function tell(child: WaitingShim, { command, environment }: EnterRequest): ChildProcess {
  const variables = Object.entries(environment).map(([name, value]) => `set=${name.replace(/^CLOISTER_SET_/, "")}=${value}`);
  const words = [...variables, ...command.slice(command.indexOf("enter") + 1), "end"];
  const pipe = child.stdio[3];
  if (pipe === null || pipe === undefined || !("write" in pipe)) throw new Error("no pipe to the shim");
  // It may have ended: its exit code tells.
  pipe.on("error", () => undefined);
  pipe.end(words.join("\0"));
  relay(child);
  return child;
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
