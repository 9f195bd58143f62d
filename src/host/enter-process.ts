import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { constants } from "node:os";
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
  /** The shim that waits to be told; null: it gets a terminal of its own. */
  readonly waiting: WaitingShim | null;
  readonly machine: Machine;
}

// Constant: everything that differs is in variables. script(1) makes the pty, of the caller's size, and passes size changes and the exit code on. Ctrl-C
// there is for the process inside alone, not for its waiting parent; the shim undoes the trap.
const inTerminal =
  'trap "" INT QUIT; exec nsenter --target "$CLOISTER_PID" --pid -- perl "$CLOISTER_SHIM" "$CLOISTER_ARCHITECTURE" enter-encoded';

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
export function runInside(request: EnterRequest): Promise<number> {
  const child = request.waiting === null ? spawnInTerminal(request) : tell(request.waiting, request);
  return new Promise((done, failed) => {
    const forward = (signal: NodeJS.Signals) => sendInside(child, signal, request.waiting === null ? 2 : 1);
    const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
    for (const signal of signals) process.on(signal, forward);
    child.once("error", failed);
    child.once("exit", () => endRelay(child));
    child.once("close", (code, signal) => {
      for (const one of signals) process.off(one, forward);
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

function spawnInTerminal({ command, environment, machine }: EnterRequest): ChildProcess {
  const words = command.slice(command.indexOf("enter") + 1);
  const variables = {
    ...environment,
    CLOISTER_PID: command[command.indexOf("--target") + 1] ?? "",
    CLOISTER_SHIM: machine.shim,
    CLOISTER_ARCHITECTURE: machine.architecture,
    CLOISTER_ARGV: Buffer.from(words.join("\0")).toString("hex"),
    SHELL: tool("sh"),
  };
  return spawn(tool("script"), ["-qefc", inTerminal, "/dev/null"], { cwd: "/", env: hostEnvironment(variables), stdio: "inherit" });
}

/** The waiting parents (nsenter, and script before it) would not pass it on: the process itself is the only child of the last. */
function sendInside(child: ChildProcess, signal: NodeJS.Signals, parents: number): void {
  let pid = child.pid ?? 0;
  for (let depth = 0; depth < parents; depth++) pid = Number(/^\d+/.exec(readProc(`/proc/${pid}/task/${pid}/children`))?.[0] ?? pid);
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between.
  }
}
