import { readFileSync, writeFileSync } from "node:fs";
import type { ICruiseResult } from "dependency-cruiser";
import { cruise } from "dependency-cruiser";
import { replaceSection } from "./section.ts";

// The rooms of src/ as they really import each other, drawn into docs/ARCHITECTURE.md. With `--check` nothing is written.

const page = "docs/ARCHITECTURE.md";

/** Top floor first; a room imports only from floors below. */
const floors = [["cli"], ["engine", "resources"], ["manifest", "plan", "host", "ui"], ["model", "kernel"]];

async function main(check: boolean): Promise<number> {
  const text = readFileSync(page, "utf8");
  const fresh = replaceSection(text, "rooms", mermaid(await imports()));
  if (fresh === text) return 0;
  if (!check) writeFileSync(page, fresh);
  process.stdout.write(check ? `stale: ${page}; run npm run gen, and commit what it writes\n` : `wrote ${page}\n`);
  return check ? 1 : 0;
}

interface Imports {
  /** `from to`, by room. */
  readonly edges: ReadonlySet<string>;
  /** The npm packages that have their door in a room. */
  readonly doors: ReadonlyMap<string, ReadonlySet<string>>;
}

async function imports(): Promise<Imports> {
  const { output } = await cruise(["src"], { tsPreCompilationDeps: true, doNotFollow: { path: "node_modules" } });
  if (typeof output === "string") throw new Error("dependency-cruiser answered with text");
  const edges = new Set<string>();
  const doors = new Map<string, Set<string>>();
  for (const { from, to } of pairs(output)) {
    const room = roomOf(from);
    if (room === null) continue;
    const other = roomOf(to);
    const door = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(to)?.[1];
    if (other !== null && other !== room) edges.add(`${room} ${other}`);
    if (door !== undefined) doors.set(room, (doors.get(room) ?? new Set()).add(door));
  }
  return { edges, doors };
}

function pairs(result: ICruiseResult): { readonly from: string; readonly to: string }[] {
  return result.modules.flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => ({ from: source, to: resolved })));
}

function roomOf(path: string): string | null {
  const room = /^src\/([^/]+)\//.exec(path)?.[1];
  return room !== undefined && floors.flat().includes(room) ? room : null;
}

function mermaid({ edges, doors }: Imports): string {
  const label = (room: string) => `${room}["${[room, ...[...(doors.get(room) ?? [])].sort()].join("<br/>")}"]`;
  const boxes = floors.flatMap((rooms, index) => [
    `  subgraph floor${floors.length - index}[" "]`,
    ...rooms.map((room) => `    ${label(room)}`),
    "  end",
  ]);
  const arrows = [...edges].sort().map((edge) => `  ${edge.replace(" ", " --> ")}`);
  return ["```mermaid", "flowchart TD", ...boxes, ...arrows, "```"].join("\n");
}

process.exitCode = await main(process.argv.includes("--check"));
