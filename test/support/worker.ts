import { argv } from "node:process";
import { pathToFileURL } from "node:url";

/** What the runner is told about one test file: how many tests there are, were run to the end, and were skipped, and what failed. */
export interface FileResult {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
  /** Why each skipped test was skipped, where the test says so (support/needs.ts). */
  readonly skips: readonly string[];
  /** uvu's own text on the failures, with colours; "" where nothing failed. */
  readonly errors: string;
}

type Suite = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;

declare global {
  /** uvu's contract with its runners (uvu/run): suites queue up under the current index instead of running at once. */
  var UVU_DEFER: number | undefined;
  var UVU_QUEUE: Suite[][];
  var UVU_INDEX: number;
  /** Filled by support/needs.ts. */
  var CLOISTER_SKIPS: string[];
}

globalThis.UVU_DEFER = 1;
globalThis.UVU_QUEUE = [];
globalThis.CLOISTER_SKIPS = [];

/** Waits for compiled test files from the runner, one at a time, and answers each with its result. */
function serve(): void {
  process.on("message", (file) => {
    runFile(String(file)).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        throw error;
      },
    );
  });
  // The runner's time is up: tests that made something on the machine take it away in their own handlers, which came first.
  process.on("SIGTERM", () => process.exit(143));
}

async function runFile(file: string): Promise<FileResult> {
  const queue: Suite[] = [];
  globalThis.UVU_INDEX = globalThis.UVU_QUEUE.push(queue) - 1;
  globalThis.CLOISTER_SKIPS.length = 0;
  await import(pathToFileURL(file).href);
  let result = { total: 0, passed: 0, skipped: 0, errors: "" };
  for (const suite of queue) {
    const [errors, passed, skipped, total] = await suite();
    // uvu swallows what a `before` or `after` hook throws; the tests that it kept from running show it.
    const unrun = errors === true && passed < total ? `  ${total - passed} tests did not run: a hook of the suite threw\n` : "";
    result = {
      total: result.total + total,
      passed: result.passed + passed,
      skipped: result.skipped + skipped,
      errors: result.errors + (errors === true ? unrun : errors),
    };
  }
  return { ...result, skips: [...globalThis.CLOISTER_SKIPS] };
}

if (argv[1]?.endsWith("worker.js")) serve();
