import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Rig } from "./rig.ts";

/** A run of cloister whose streams are pipes, and which goes on. */
export interface Piped {
  readonly child: ChildProcess;
  write(text: string): void;
  /** Nothing more is written to it. */
  finish(): void;
  /** Waits until its output, or its errors, hold this, and returns the match. */
  shows(pattern: RegExp, stream?: "stdout" | "stderr"): Promise<RegExpExecArray>;
  /** What it has printed until now. */
  shown(stream?: "stdout" | "stderr"): string;
  /** Waits for its end: its exit code; null: a signal ended it. */
  end(): Promise<number | null>;
}

/** Starts a run of cloister on pipes. */
export function startPiped(rig: Pick<Rig, "command" | "directory" | "env">, args: readonly string[]): Piped {
  const [file, ...rest] = rig.command(...args);
  const child = spawn(file, rest, { cwd: rig.directory, env: { ...rig.env } });
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text;
    });
  }
  child.stdin.on("error", () => undefined);
  let isClosed = false;
  // Behind its end: what it has printed may still be on its way.
  const ended = once(child, "close").then(() => {
    isClosed = true;
  });
  return {
    child,
    write: (text) => void child.stdin.write(text),
    finish: () => void child.stdin.end(),
    shown: (stream = "stdout") => texts[stream],
    shows: async (pattern, stream = "stdout") => {
      for (;;) {
        const found = pattern.exec(texts[stream]);
        if (found !== null) return found;
        if (isClosed)
          throw new Error(`it ended with ${child.exitCode ?? child.signalCode} and showed only: ${texts.stdout}\n${texts.stderr}`);
        await Promise.race([once(child[stream], "data"), ended]);
      }
    },
    end: async () => {
      await ended;
      return child.exitCode;
    },
  };
}
