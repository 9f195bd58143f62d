import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { argv, execPath, getuid, stdout } from "node:process";
import { busyboxTar } from "../support/busybox.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { withNetwork } from "../support/test-network.ts";
import type { Figure } from "./figures.ts";
import { median, table } from "./figures.ts";
import { rootFigures } from "./roots.ts";
import { time, timed } from "./timing.ts";

// npm run bench              every figure, those of roots too (builds of bookworm: two minutes)
// npm run bench -- quick     without roots
// npm run bench -- roots     roots alone
// npm run bench -- network   what networks add, alone
// npm run bench -- --write   and puts the table into docs/performance.md

const page = "docs/performance.md";
const begin = "<!-- figures: written by `npm run bench -- --write` -->";
const end = "<!-- end of figures -->";

async function main(words: readonly string[]): Promise<void> {
  if (getuid?.() !== 0) throw new Error("the bench makes environments, so it needs root");
  if (spawnSync("sh", ["src/build/setup.sh", "build"], { stdio: "inherit" }).status !== 0) throw new Error("the build failed");
  const figures: Figure[] = [];
  const part = ["network", "roots"].find((word) => words.includes(word)) ?? "all";
  if (words.includes("--write") && (part !== "all" || words.includes("quick")))
    throw new Error("--write is for all figures: a part would take the others off the page");
  if (part === "all")
    await withRig(async (rig) => {
      figures.push(...(await small(rig)), ...(await hundred(rig)));
    });
  if (part !== "roots") await withNetwork((network) => withRig(async (rig) => void figures.push(...(await connected(rig))), { network }));
  if (!words.includes("quick") && part !== "network") await withRig(async (rig) => void figures.push(...(await rootFigures(rig))));
  const text = `${machine()}\n\n${table(figures)}`;
  stdout.write(`${text}\n`);
  if (words.includes("--write")) writePage(text);
}

function machine(): string {
  const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}: ${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, Linux ${kernel}, Node ${process.version}; medians.`;
}

/** One environment on a root of busybox that is in the store. */
async function small(rig: Rig): Promise<Figure[]> {
  busyboxTar(join(rig.directory, "root.tar"));
  rig.write("cloister.yaml", manifest(["web"]));
  await rig.expect(0, "apply", "--yes");
  const standing = [
    against(rig, { name: "`--version`", args: ["--version"], bar: 1.25, goal: 1.25, times: 30, bound: false }),
    against(rig, { name: "`validate`, 1 manifest", args: ["validate"], bar: 2.7, goal: 2, times: 30 }),
    against(rig, { name: "`plan`, nothing changed, 1 environment", args: ["plan"], bar: 2.7, goal: 1.8, times: 30 }),
    against(rig, { name: "`exec NAME true`", args: ["exec", "web", "--", "true"], bar: 2, goal: 1.8, times: 30 }),
  ];
  const before = () => void timed(rig, ["destroy", "--yes", "--volumes"]);
  const fresh = against(rig, {
    name: "`apply`, a new environment, root in the store",
    args: ["apply", "--yes"],
    bar: 3.5,
    goal: 2.3,
    times: 15,
    before,
  });
  await rig.expect(0, "destroy", "--yes", "--volumes");
  return [...standing, fresh];
}

async function hundred(rig: Rig): Promise<Figure[]> {
  const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
  rig.write("cloister.yaml", manifest(names));
  const { code, stderr } = await rig.run(["apply", "--yes"], { timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`apply of 100 environments: code ${code}\n${stderr}`);
  return [against(rig, { name: "`plan`, nothing changed, 100 environments", args: ["plan"], bar: 13, goal: 2.5, times: 10 })];
}

/** What a network with a way out adds to new environments, in a network namespace of the bench's own. */
async function connected(rig: Rig): Promise<Figure[]> {
  busyboxTar(join(rig.directory, "root.tar"));
  const names = Array.from({ length: 50 }, (_, index) => `web-${index}`);
  return [
    await added(rig, { name: "`network: {mode: nat}`, a new environment with and without", names: ["web"], bar: 12, times: 15 }),
    await added(rig, { name: "the same, 50 environments at once", names, bar: 1_500, times: 3 }),
  ];
}

interface Addition {
  readonly name: string;
  readonly names: readonly string[];
  readonly bar: number;
  readonly times: number;
}

/** An apply of new environments with mode nat and without a network, in turns. */
async function added(rig: Rig, { name, names, bar, times }: Addition): Promise<Figure> {
  const [without, within]: number[][] = [[], []];
  // The first turn builds the root and writes the code cache.
  for (let turn = 0; turn <= times; turn += 1) {
    for (const [network, taken] of [
      ["", without],
      ["    network: { mode: nat }\n", within],
    ] as const) {
      rig.write("cloister.yaml", manifest(names, network));
      const ms = timed(rig, ["apply", "--yes"]);
      if (turn > 0) taken?.push(ms);
      await rig.expect(0, "destroy", "--yes", "--volumes");
    }
  }
  return { name, ms: median(within ?? []), baseMs: median(without ?? []), kind: "added", bar, goal: bar };
}

function manifest(names: readonly string[], more = ""): string {
  const environments = names.map((name) => `  ${name}:\n    rootfs: { tar: ./root.tar }\n${more}`);
  return `api_version: cloister/v1\nname: bench\nenvironments:\n${environments.join("")}`;
}

interface Measure {
  readonly name: string;
  readonly args: readonly string[];
  readonly bar: number;
  readonly goal: number;
  readonly times: number;
  /** Whether it is about the rig's project, and told where that is; default true. */
  readonly bound?: boolean;
  /** Done before each run of the command, not measured. */
  readonly before?: () => void;
}

/** A command of cloister and a bare node in turns, so that whatever else the machine does hits both. */
function against(rig: Rig, { name, args, bar, goal, times, before, bound = true }: Measure): Figure {
  const ours: number[] = [];
  const bare: number[] = [];
  // The first run writes the code cache.
  before?.();
  const own = () => (bound ? timed(rig, args) : time([resolve("dist/cloister"), ...args], rig.env));
  own();
  for (let turn = 0; turn < times; turn += 1) {
    before?.();
    bare.push(time([execPath, "-e", "0"], rig.env));
    ours.push(own());
  }
  return { name, ms: median(ours), baseMs: median(bare), kind: "at most", bar, goal };
}

function writePage(text: string): void {
  const [before, rest] = readFileSync(page, "utf8").split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has no section between ${begin} and ${end}`);
  writeFileSync(page, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}

await main(argv.slice(2));
