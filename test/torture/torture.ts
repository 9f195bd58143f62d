import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { argv, exit, getuid, stdout } from "node:process";
import { parseArgs } from "node:util";
import { randomFrom } from "../support/random.ts";
import { buildAsTold } from "./builds.ts";
import type { Effort, Trial } from "./trial.ts";
import { trials } from "./trials.ts";

// npm run torture                       everything, to its end (hours)
// npm run torture -- WORD...            the trials whose row or words hold one of these
// npm run torture -- --one-in 4         of the places where something can go wrong one in 4, by chance
// npm run torture -- --share ci         as much of each as the tests do
// npm run torture -- --seed 42          the same random moments again
// npm run torture -- --write            and puts what they gave into docs/reliability.md; what other trials gave stays there

const page = "docs/reliability.md";
const begin = "<!-- counts: written by `npm run torture -- --write` -->";
const end = "<!-- end of counts -->";

async function main(): Promise<number> {
  if (getuid?.() !== 0) throw new Error("it makes environments, so it needs root");
  const { values, positionals } = parseArgs({
    args: argv.slice(2),
    options: {
      share: { type: "string", default: "whole" },
      "one-in": { type: "string", default: "1" },
      seed: { type: "string" },
      write: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (spawnSync("sh", ["src/build/setup.sh", "build"], { stdio: "inherit" }).status !== 0) throw new Error("the build failed");
  const effort = {
    seed: Number(values.seed ?? Date.now() % 2 ** 32),
    share: values.share === "ci" ? ("ci" as const) : ("whole" as const),
    oneIn: Number(values["one-in"]),
  };
  const chosen = trials.filter(({ id, what }) => positionals.length === 0 || positionals.some((word) => `${id}: ${what}`.includes(word)));
  if (chosen.length === 0) throw new Error(`no trial has ${positionals.join(" or ")}`);
  let failed = 0;
  for (const trial of chosen) {
    const { line, held } = await tried(trial, effort);
    if (!held) failed += 1;
    stdout.write(`${line}\n`);
    if (values.write) writePage(line);
  }
  stdout.write(`${chosen.length - failed} held, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function tried(
  { id, what, run }: Trial,
  { seed, ...effort }: Omit<Effort, "random"> & { readonly seed: number },
): Promise<{ readonly line: string; readonly held: boolean }> {
  const begun = performance.now();
  let times: number | null = null;
  try {
    times = await run({ ...effort, random: randomFrom(seed) });
  } catch (error) {
    stdout.write(`${id}: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  const share = effort.share === "ci" ? "as CI" : effort.oneIn === 1 ? "all" : `one in ${effort.oneIn}`;
  const took = `${((performance.now() - begun) / 1000).toFixed(0)} s`;
  const cells = [id, what, times ?? "**failed**", share, took, new Date().toISOString().slice(0, 10), seed];
  return { line: `| ${cells.join(" | ")} |`, held: times !== null };
}

/** Puts a line into the page's table, in place of the one that its trial had; rows of trials that are no more go. */
function writePage(row: string): void {
  const [before = "", rest = ""] = readFileSync(page, "utf8").split(begin);
  const [table = "", after = ""] = rest.split(end);
  const old = table.split("\n");
  const rows = trials.flatMap(({ id, what }) => {
    const start = `| ${id} | ${what} |`;
    const line = row.startsWith(start) ? row : old.find((each) => each.startsWith(start));
    return line === undefined ? [] : [line];
  });
  const head = ["| row | what | times | of all | took | on | seed |", "| --- | --- | --- | --- | --- | --- | --- |"];
  const machine = `Linux ${readFileSync("/proc/sys/kernel/osrelease", "utf8").trim()}.`;
  writeFileSync(page, [`${before}${begin}`, "", machine, "", ...head, ...rows, "", `${end}${after}`].join("\n"));
}

if (!(await buildAsTold())) exit(await main());
