import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { argv, exit, getuid, stdout } from "node:process";
import { parseArgs } from "node:util";
import { randomFrom } from "../support/random.ts";
import { trials } from "./trials.ts";

// npm run torture                       everything, to its end (an hour or more)
// npm run torture -- WORD...            the trials whose row or words hold one of these
// npm run torture -- --share ci         as much of each as the tests do
// npm run torture -- --seed 42          the same random moments again
// npm run torture -- --write            and puts the table into docs/reliability.md

const page = "docs/reliability.md";
const begin = "<!-- counts: written by `npm run torture -- --write` -->";
const end = "<!-- end of counts -->";

async function main(): Promise<number> {
  if (getuid?.() !== 0) throw new Error("it makes environments, so it needs root");
  const options = { share: { type: "string", default: "whole" }, seed: { type: "string" }, write: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: argv.slice(2), options, allowPositionals: true });
  if (spawnSync("sh", ["src/build/setup.sh", "build"], { stdio: "inherit" }).status !== 0) throw new Error("the build failed");
  const seed = Number(values.seed ?? Date.now() % 2 ** 32);
  const share = values.share === "ci" ? "ci" : "whole";
  const chosen = trials.filter(({ id, what }) => positionals.length === 0 || positionals.some((word) => `${id}: ${what}`.includes(word)));
  const about = `${new Date().toISOString().slice(0, 10)}, Linux ${readFileSync("/proc/sys/kernel/osrelease", "utf8").trim()}, ${share === "ci" ? "the share of CI" : "the whole"}, seed ${seed}.`;
  stdout.write(`${about}\n`);
  const rows: string[] = [];
  let failed = 0;
  for (const { id, what, run } of chosen) {
    const begun = performance.now();
    let held = "";
    try {
      held = String(await run({ share, random: randomFrom(seed) }));
    } catch (error) {
      failed += 1;
      held = "**failed**";
      stdout.write(`${id}: ${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
    const row = `| ${id} | ${what} | ${held} | ${((performance.now() - begun) / 1000).toFixed(0)} s |`;
    rows.push(row);
    stdout.write(`${row}\n`);
  }
  const text = `${about}\n\n| row | what | times | took |\n| --- | --- | --- | --- |\n${rows.join("\n")}`;
  if (values.write === true) writePage(text);
  stdout.write(`${chosen.length - failed} held, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function writePage(text: string): void {
  const [before = "", rest = ""] = readFileSync(page, "utf8").split(begin);
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${rest.split(end)[1] ?? ""}`);
}

exit(await main());
