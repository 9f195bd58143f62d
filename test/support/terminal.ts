import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Rig } from "./rig.ts";

/** A command that runs on a terminal of its own, as a person has one. */
export interface Terminal {
  /** Types something. */
  type(text: string): void;
  /** Waits until what is shown holds this, and returns the match. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  /** The terminal goes away, as when its window is closed. */
  close(): void;
  /** Waits for the end of the command: its exit code. */
  end(): Promise<number>;
}

/** Starts a command in a terminal of 24 lines and 80 columns; the first thing that it shows is `TTY /dev/pts/N PID N`, the pid of the command. */
export function startTerminal(rig: Rig, command: readonly string[]): Terminal {
  const line = `stty rows 24 cols 80; echo "TTY $(tty) PID $$"; exec ${command.map(quoted).join(" ")}`;
  const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    cwd: rig.directory,
    env: { ...rig.env, SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
  });
  let isClosed = false;
  // Behind its end: what it has printed may still be on its way.
  const ended = once(child, "close").then(() => {
    isClosed = true;
  });
  return {
    type: (text) => {
      child.stdin.write(text);
    },
    shows: async (pattern) => {
      for (;;) {
        const found = pattern.exec(shown);
        if (found !== null) return found;
        if (isClosed) throw new Error(`the command ended with ${child.exitCode} and showed only: ${shown}`);
        await Promise.race([once(child.stdout, "data"), ended]);
      }
    },
    close: () => void child.kill("SIGKILL"),
    end: async () => {
      await ended;
      return child.exitCode ?? -1;
    },
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
