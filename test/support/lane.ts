import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import type { FileResult } from "./worker.ts";

/** One test file: its name under test/, the compiled form, how long it may take, and whether no other may run beside it. */
export interface TestFile {
  readonly name: string;
  readonly compiled: string;
  readonly timeoutMs: number;
  readonly alone: boolean;
}

/** How one file went. `problem`: it did not come to an end by itself, and why. */
export interface Outcome {
  readonly file: TestFile;
  readonly result: FileResult | null;
  readonly problem: string | null;
  /** What it printed, both streams. */
  readonly output: string;
  readonly durationMs: number;
}

interface Lane {
  readonly worker: string;
  readonly files: readonly TestFile[];
  /** A process of its own for each file, and that many at a time; null: one for all, replaced only when a file breaks it. */
  readonly atOnce: number | null;
  readonly report: (outcome: Outcome) => void;
}

/** How long a process may take to end once its tests are done, and to clean up once its time is over. */
const endMs = 5_000;

/** Runs the files, in one process or in one each, and reports each as it ends. Never throws for a test's sake. */
export async function runLane({ worker, files, atOnce, report }: Lane): Promise<void> {
  if (atOnce === null) return runInOne(worker, files, report);
  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runInOne(worker, [file], report);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function runInOne(worker: string, files: readonly TestFile[], report: Lane["report"]): Promise<void> {
  let child: ChildProcess | null = null;
  for (const [index, file] of files.entries()) {
    child ??= start(worker);
    const outcome = await runFile(child, file);
    const last = outcome.problem !== null || index === files.length - 1;
    const problem = last ? (outcome.problem ?? (await end(child))) : null;
    if (last) child = null;
    report({ ...outcome, problem });
  }
}

function start(worker: string): ChildProcess {
  const child = fork(worker, [], { execArgv: ["--enable-source-maps"], stdio: ["ignore", "pipe", "pipe", "ipc"] });
  // The tests' processes outlive no run: whoever ends the runner ends its workers first.
  const stop = () => child.kill("SIGTERM");
  process.once("exit", stop);
  child.once("exit", () => process.off("exit", stop));
  return child;
}

async function runFile(child: ChildProcess, file: TestFile): Promise<Outcome> {
  const started = performance.now();
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const verdict = await new Promise<FileResult | string>((resolve) => {
    const timer = setTimeout(() => resolve(`not finished after ${file.timeoutMs / 1000} s`), file.timeoutMs);
    const settle = (value: FileResult | string) => {
      clearTimeout(timer);
      child.off("message", settle).off("close", died);
      resolve(value);
    };
    const died = (code: number | null, signal: string | null) => settle(`its process ended early (${signal ?? `code ${code}`})`);
    child.once("message", settle).once("close", died);
    child.send(file.compiled);
  });
  if (typeof verdict === "string") await kill(child);
  child.stdout?.off("data", collect);
  child.stderr?.off("data", collect);
  const durationMs = performance.now() - started;
  if (typeof verdict !== "string" && verdict.total + verdict.skipped === 0) {
    // What it forgot to run would be run with the next file's tests.
    await kill(child);
    return { file, result: null, problem: "it ran no test: is test.run() missing?", output, durationMs };
  }
  if (typeof verdict === "string") return { file, result: null, problem: verdict, output, durationMs };
  return { file, result: verdict, problem: null, output, durationMs };
}

/** Lets the process end by itself; says so when something that it left open keeps it alive. */
async function end(child: ChildProcess): Promise<string | null> {
  child.disconnect();
  if (await exited(child)) return null;
  await kill(child);
  return `its process did not end within ${endMs / 1000} s after the last test: something is still open`;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  if (await exited(child)) return;
  child.kill("SIGKILL");
  await exited(child);
}

async function exited(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) return true;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), endMs);
  try {
    await once(child, "exit", { signal: late.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
