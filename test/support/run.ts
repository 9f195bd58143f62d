import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { argv, env, exit, getuid, stdout } from "node:process";
import { build } from "esbuild";
import type { Outcome, TestFile } from "./lane.ts";
import { runLane } from "./lane.ts";

// npm test -- [WORD...]   runs the files whose path under test/ starts with a word, or holds it: `unit`, `live/exec`, `mountinfo`

/** The kinds in the order that they run: the quickest to fail first. Live tests change the machine: one process each. */
const kinds = ["house", "unit", "golden", "live"] as const;
type Kind = (typeof kinds)[number];

/** Kinds whose tests start dist/cloister. */
const needDist: readonly Kind[] = ["house", "golden", "live"];

/** How long a file may take, where it does not say so itself by a line `// timeout: N s`. */
const defaultTimeoutMs = { house: 120_000, unit: 60_000, golden: 120_000, live: 300_000 };

const strict = env.CI === "true";
/** Set when one file only is run: then what it prints is shown even if it passes. */
let single = false;
const tally = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const skips: string[] = [];

async function main(words: readonly string[]): Promise<void> {
  const selected = kinds.map((kind) => ({ kind, files: find(kind).filter((name) => matches(name, words)) }));
  const runnable = selected.filter(({ kind, files }) => files.length > 0 && allowed(kind));
  if (runnable.some(({ kind }) => needDist.includes(kind))) ensureBuilt();

  mkdirSync("dist/test", { recursive: true });
  const directory = mkdtempSync("dist/test/run-");
  if (runnable.some(({ kind }) => kind === "live")) shareStore();
  process.once("SIGINT", () => exit(130));
  process.once("SIGTERM", () => exit(143));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));

  const names = runnable.flatMap(({ files }) => files);
  single = names.length === 1;
  const compiled = await compile(names, directory);
  const worker = join(import.meta.dirname, "worker.js");
  for (const { kind, files } of runnable) {
    const ready = files.filter((name) => compiled.has(name)).map((name) => testFile(kind, name, directory));
    if (kind !== "live") await runLane({ worker, files: ready, atOnce: null, report });
    else for (const { files, atOnce } of liveLanes(ready)) await runLane({ worker, files, atOnce, report });
  }
  finish(names.length);
}

function find(kind: Kind): string[] {
  const entries = readdirSync("test", { recursive: true, encoding: "utf8" });
  return entries.filter((name) => name.startsWith(`${kind}/`) && name.endsWith(".test.ts")).sort();
}

function matches(name: string, words: readonly string[]): boolean {
  const path = name.replace(/\.test\.ts$/, "");
  return words.length === 0 || words.some((word) => path.includes(word.replace(/^test\//, "").replace(/\.test\.ts$/, "")));
}

/** Live tests only as root; without it a run says so, and in CI that is an error. */
function allowed(kind: Kind): boolean {
  if (kind !== "live" || getuid?.() === 0) return true;
  print("live tests need root and were not run: sudo npm test");
  if (strict) fail("live", "not root, and in CI nothing may be left out");
  return false;
}

/** Roots that are dear to build are built once a run. A developer who gives `CLOISTER_TEST_STORE` keeps them from run to run. */
function shareStore(): void {
  if (env.CLOISTER_TEST_STORE !== undefined) return;
  const store = mkdtempSync("/var/tmp/cloister-test-store-");
  // The roots of environments pass through here.
  chmodSync(store, 0o711);
  env.CLOISTER_TEST_STORE = store;
  process.once("exit", () => spawnSync("rm", ["-rf", "--one-file-system", store]));
}

function ensureBuilt(): void {
  const { status } = spawnSync("sh", ["src/build/setup.sh", "build"], { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) fail("dist/cloister", "the build failed");
}

/** Each test file as a bundle of its own; one that does not compile is a failure of that file, not of the others. */
async function compile(names: readonly string[], directory: string): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  const bundle = async (entries: readonly string[]) => {
    await build({
      entryPoints: entries.map((name) => join("test", name)),
      outdir: directory,
      outbase: "test",
      bundle: true,
      packages: "external",
      platform: "node",
      target: "node20.19",
      format: "esm",
      sourcemap: "inline",
      // As src/build/build.ts has it: code finds its files beside the bundle, which are those of the built program.
      define: { "import.meta.dirname": JSON.stringify(resolve("dist")), VERSION: JSON.stringify("0.0.0-test") },
      logLevel: "silent",
    });
    for (const name of entries) done.add(name);
  };
  try {
    await bundle(names);
  } catch {
    // One of them is at fault: compile each alone, so that the others run and the fault has its file's name.
    for (const name of names) await bundle([name]).catch((error: unknown) => fail(name, String(error)));
  }
  return done;
}

function testFile(kind: Kind, name: string, directory: string): TestFile {
  const text = readFileSync(join("test", name), "utf8");
  const own = /^\/\/ timeout: (\d+) s$/m.exec(text)?.[1];
  const timeoutMs = own === undefined ? defaultTimeoutMs[kind] : Number(own) * 1000;
  const alone = /^\/\/ alone: \S/m.test(text);
  return { name, compiled: join(process.cwd(), directory, name.replace(/\.ts$/, ".js")), timeoutMs, alone };
}

/**
 * Live tests share nothing but the kernel, so that as many run at a time as there are processors; those that take long begin first.
 * A file with a line `// alone: WHY` measures time, or looks at the whole machine, and has it to itself.
 */
function liveLanes(files: readonly TestFile[]): readonly { readonly files: readonly TestFile[]; readonly atOnce: number }[] {
  const longestFirst = [...files].sort((a, b) => b.timeoutMs - a.timeoutMs);
  return [
    { files: longestFirst.filter(({ alone }) => !alone), atOnce: availableParallelism() },
    { files: files.filter(({ alone }) => alone), atOnce: 1 },
  ];
}

function report({ file, result, problem, output, durationMs }: Outcome): void {
  const total = result?.total ?? 0;
  const passed = result?.passed ?? 0;
  const skipped = result?.skipped ?? 0;
  const failed = total - passed;
  const name = file.name.replace(/\.test\.ts$/, "");
  const bad = failed > 0 || problem !== null;
  print(
    `${bad ? "FAIL" : "ok  "} ${name}  ${passed} of ${total}${skipped > 0 ? `, ${skipped} skipped` : ""}  ${Math.round(durationMs)} ms`,
  );
  tally.passed += passed;
  tally.skipped += skipped;
  if (result !== null) skips.push(...result.skips.map((reason) => `${name}: ${reason}`));
  const printed = output.replace(/^.*(•|✘).*$/gm, "").trim();
  if ((bad || single) && printed !== "") print(indent(printed));
  if (!bad) return;
  tally.failed += failed;
  if (failed > 0) failures.push(`${name}\n${shortened(result?.errors ?? "")}`);
  if (problem !== null) fail(name, problem);
}

function finish(files: number): void {
  if (files === 0) fail("test", "no test file matches");
  else if (tally.passed + tally.failed === 0) fail("test", "no test was run");
  if (skips.length > 0) print(`\nskipped:\n${indent(skips.join("\n"))}`);
  if (strict && tally.skipped > 0) fail("skipped", `${tally.skipped} skipped, and in CI nothing may be left out`);
  if (failures.length > 0) print(`\nfailed:\n${indent(failures.join("\n"))}`);
  print(`\n${tally.passed} passed, ${tally.failed} failed${tally.skipped > 0 ? `, ${tally.skipped} skipped` : ""}`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

/** Counts something that is no test's own assertion as one failed test. */
function fail(name: string, problem: string): void {
  tally.failed += 1;
  failures.push(`${name}: ${problem}`);
  print(`FAIL ${name}: ${problem}`);
}

/** A test that fails with all that a command printed shows enough of it at both ends. */
function shortened(text: string): string {
  const half = 4_000;
  const cut = once(text).trimEnd();
  return cut.length <= 2 * half ? cut : `${cut.slice(0, half)}\n[... ${cut.length - 2 * half} characters ...]\n${cut.slice(-half)}`;
}

/** uvu shows a message of several lines twice: by itself and again as the head of the stack. */
function once(text: string): string {
  const seen = new Set<string>();
  const lines = text.split("\n").filter((line) => {
    const content = line.trim();
    if (content.startsWith("FAIL")) seen.clear();
    const again = content.length > 20 && seen.has(content);
    seen.add(content);
    return !again;
  });
  return lines.join("\n");
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

function print(line: string): void {
  stdout.write(`${line}\n`);
}

await main(argv.slice(2));
