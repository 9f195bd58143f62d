import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import { execa } from "execa";
import type { Diagnostic } from "../model/diagnostic.ts";
import { CloisterError } from "../model/diagnostic.ts";
import type { RunRequest } from "../model/host.ts";
import { buildFailure } from "./build-failure.ts";
import { buildProgress } from "./build-progress.ts";
import { endHanging } from "./hanging.ts";
import { outputLines } from "./output-lines.ts";
import { hostEnvironment, tool } from "./tools.ts";

/** So many bytes of one command's output go to its log as they come; of what is beyond them only the last lines. */
const logLimit = 16 << 20;

/** Runs a long command of a step: its output goes to the log, how far it is to whoever shows it. Throws where it fails, with the cause in words. */
export async function runCommand(request: Omit<RunRequest, "lasts">): Promise<void> {
  const [name = "", ...args] = request.command;
  const read = request.progress === null ? null : buildProgress(request.progress);
  const output = new Output(request.log);
  try {
    // In no process group of ours: whether Ctrl-C lets the step finish is ours to say.
    const options = { cwd: "/", env: { ...hostEnvironment(request.environment) }, extendEnv: false, detached: true } as const;
    const streams = request.input === null ? ({ stdin: "ignore" } as const) : ({ input: request.input } as const);
    const child = execa(tool(name), args, { ...options, ...streams, reject: false, all: true, buffer: false });
    const reading = (async () => {
      for await (const line of outputLines(child.iterable({ from: "all", binary: true }))) {
        output.add(line);
        const progress = read?.(line) ?? null;
        if (progress !== null) request.onProgress(progress);
      }
      return child;
    })();
    const isAsked = request.waits ?? request.ends;
    const watching = isAsked === undefined ? undefined : endAsAsked(child, isAsked);
    const { exitCode, signal } = await (request.withinMs === undefined
      ? reading
      : inTime(reading, child, { withinMs: request.withinMs, said: () => output.text() })
    ).finally(() => clearInterval(watching));
    if (request.waits !== undefined && (exitCode === 1 || exitCode === 124)) throw new CloisterError(notCome(output.text(), exitCode));
    if (exitCode === 0 || (exitCode !== undefined && request.tolerates.includes(exitCode))) return;
    // What is entered for is told by its own name, in the step's title.
    const who = request.environment === undefined ? name : "it";
    throw new CloisterError(diagnose(request, output.text(), `${who} ended with ${exitCode ?? signal ?? "an error"}`));
  } finally {
    output.close();
  }
}

/** Ctrl-C ends what may be ended at any moment, in ms. */
const askMs = 50;

function endAsAsked(child: ChildProcess, isAsked: () => boolean): NodeJS.Timeout {
  return setInterval(() => {
    if (isAsked() && child.exitCode === null && child.signalCode === null) endHanging(child, 0);
  }, askMs);
}

/** What has not come about, in the words of what waited for it: a line, and what there is to show. */
function notCome(output: string, code: 1 | 124): Diagnostic {
  const [message = "", ...cause] = output.split("\n");
  const about = { code: code === 124 ? "engine/timeout" : "engine/process-ended", severity: "error", message } as const;
  return { ...about, hint: "the next apply goes on from here", ...(cause.length > 0 && { cause: cause.join("\n") }) };
}

/** How a command ended. */
interface End {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

/** What may be left in a pipe when its command has ended, is there by then, in ms; who still holds it was left behind on purpose. */
const drainMs = 200;

/** Throws where it takes longer, and is ended then. What it left behind that still holds its output is not waited for. */
async function inTime(
  reading: Promise<End>,
  child: ChildProcess & Readable,
  { withinMs, said }: { readonly withinMs: number; readonly said: () => string },
): Promise<End> {
  const timers: NodeJS.Timeout[] = [];
  const late = new Promise<End>((done, failed) => {
    const after = (ms: number, act: () => void) => timers.push(setTimeout(act, ms));
    child.once("exit", (code, signal) => after(drainMs, () => done({ exitCode: code ?? undefined, signal: signal ?? undefined })));
    after(withinMs, () => {
      endHanging(child, withinMs);
      const message = `it has not ended within ${withinMs / 1000} s, and was ended`;
      failed(new CloisterError({ code: "engine/step-failed", severity: "error", message, cause: said() }));
    });
  });
  // What comes of it after that is nobody's.
  reading.catch(() => undefined);
  try {
    return await Promise.race([reading, late]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    child.all?.destroy();
  }
}

interface Readable {
  readonly all?: { destroy(): unknown };
}

function diagnose({ progress, log }: Pick<RunRequest, "progress" | "log">, output: string, message: string): Diagnostic {
  if (progress === null) return { code: "engine/step-failed", severity: "error", message, cause: output };
  return buildFailure({ tool: progress, output, log, freeBytes: log === null ? null : freeBytes(log) });
}

function freeBytes(path: string): number {
  const { bavail, bsize } = fs.statfsSync(path);
  return bavail * bsize;
}

/** A command's output: all of it in the log, if it is not too much, its first and last lines at hand. */
class Output {
  private readonly first: string[] = [];
  private readonly last: string[] = [];
  private log: number | null;
  private room = logLimit;
  /** Lines for which there was no room. */
  private leftOut = 0;

  constructor(log: string | null) {
    this.log = log === null ? null : fs.openSync(log, "a", 0o600);
  }

  add(line: string): void {
    this.room -= Buffer.byteLength(line) + 1;
    if (this.room < 0) this.leftOut += 1;
    else this.write(`${line}\n`);
    if (this.first.length < 20) this.first.push(line);
    else this.last.push(line);
    if (this.last.length > 200) this.last.shift();
  }

  text(): string {
    return [...this.first, ...this.last].join("\n");
  }

  close(): void {
    const end = this.last.slice(-this.leftOut);
    if (this.leftOut > 0) this.write([`cloister: ${this.leftOut - end.length} lines are left out here`, ...end, ""].join("\n"));
    this.leftOut = 0;
    if (this.log !== null) fs.closeSync(this.log);
    this.log = null;
  }

  // On a full disk it is the command's failure that matters, not the log's.
  private write(text: string): void {
    try {
      if (this.log !== null) fs.writeSync(this.log, text);
    } catch {
      this.leftOut = 0;
      this.close();
    }
  }
}
