import type { StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import type { EnterRequest } from "./enter-process.ts";
import { endOf } from "./enter-process.ts";
import { hostEnvironment, tool } from "./tools.ts";

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
