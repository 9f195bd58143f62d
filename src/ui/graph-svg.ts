import type { Graph } from "../model/graph.ts";
import { networkTitle, sharedTitle } from "./render-graph.ts";
import { width } from "./width.ts";

/** Pixels: of a letter, of a line of ports, of a line of boxes, of a box, and between the columns. */
const letter = 7.3;
const portLine = 18;
const row = 64;
const box = 40;
const gap = 70;
const margin = 20;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly lines: readonly string[];
  readonly kind: "environment" | "network" | "port" | "other";
}

/** A graph as a picture: ports on the left, environments, whose namespaces they share, and networks on the right. Ends in a line break. */
export function svgGraph(graph: Graph): string {
  const layout = layoutOf(graph);
  const { own, right, size } = layout;
  const [wide, high] = size;
  const drawn = [
    ...portsDrawn(layout),
    ...networksDrawn(graph, layout),
    ...sharedDrawn(graph, layout),
    ...[...own, ...right].map(drawnBox),
  ];
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" role="img">`;
  return `${[open, `<title>${escaped(graph.project)}</title>`, style, ...drawn, "</svg>"].join("\n")}\n`;
}

/** Where everything is. */
interface Layout {
  /** Of the environments, in order; each with the texts of its ports. */
  readonly own: readonly Box[];
  readonly ports: readonly (readonly string[])[];
  readonly portWidth: number;
  /** Networks, in order, and after them what else is shared, by its title. */
  readonly right: readonly Box[];
  readonly others: readonly string[];
  readonly size: readonly [width: number, height: number];
}

function layoutOf({ environments, networks, ports, shared }: Graph): Layout {
  const others = [...new Set(shared.filter(({ type }) => type !== "environment").map(sharedTitle))];
  const textOf = ({ host, inside }: (typeof ports)[number]) => `${host} → ${inside}`;
  const portTexts = environments.map(({ name }) => ports.filter(({ environment }) => environment === name).map(textOf));
  const portWidth = widest(ports.map(textOf));
  const heights = portTexts.map((texts) => Math.max(row, texts.length * portLine + 24));
  const middle = (index: number) => margin + sum(heights.slice(0, index)) + (heights[index] ?? row) / 2;
  const texts = environments.map(({ name, address }) => [name, ...(address === null ? [] : [address])]);
  const ownX = margin + (ports.length === 0 ? 0 : portWidth + gap);
  const ownWidth = widest(texts.flat());
  const rightX = ownX + ownWidth + gap + 40;
  const titles = [...networks.map(networkTitle), ...others];
  const rightWidth = widest(titles);
  return {
    own: texts.map((lines, index) => ({ x: ownX, y: middle(index), width: ownWidth, lines, kind: "environment" })),
    ports: portTexts,
    portWidth,
    right: titles.map((title, index) => {
      const kind = index < networks.length ? "network" : "other";
      return { x: rightX, y: margin + row / 2 + index * row, width: rightWidth, lines: [title], kind };
    }),
    others,
    size: [Math.ceil(rightX + rightWidth + margin), Math.ceil(margin * 2 + Math.max(sum(heights), titles.length * row))],
  };
}

function portsDrawn({ own, ports, portWidth }: Layout): readonly string[] {
  return own.flatMap(({ x, y: middle }, index) => {
    const texts = ports[index] ?? [];
    return texts.flatMap((text, place) => {
      const y = middle + (place - (texts.length - 1) / 2) * portLine;
      return [label(margin, y + 4, text), line([margin + portWidth, y], [x, middle], "port")];
    });
  });
}

function networksDrawn({ environments, networks }: Graph, { own, right }: Layout): readonly string[] {
  return environments.flatMap(({ network, mode }, index) => {
    const [from, to] = [own[index], right[networks.findIndex(({ id }) => id === network)]];
    return from === undefined || to === undefined || mode === "join" ? [] : [line([from.x + from.width, from.y], [to.x, to.y], "network")];
  });
}

function sharedDrawn({ environments, networks, shared }: Graph, { own, right, others }: Layout): readonly string[] {
  const boxOf = (name: string | null) => own[environments.findIndex((environment) => environment.name === name)];
  return shared.flatMap((one) => {
    const from = boxOf(one.environment);
    const to = one.type === "environment" ? boxOf(one.with) : right[networks.length + others.indexOf(sharedTitle(one))];
    if (from === undefined || to === undefined) return [];
    const start = from.x + from.width;
    const end: Point = to.kind === "environment" ? [to.x + to.width, to.y] : [to.x, to.y];
    const between = [start + 30, (from.y + end[1]) / 2] as const;
    return [
      `<path class="shared" d="M${start} ${from.y} Q${start + 50} ${between[1]} ${end[0]} ${end[1]}"/>`,
      label(between[0], between[1], one.namespaces.join(", ")),
    ];
  });
}

const style = `<style>
text { font: 12px monospace; fill: #1f2328; }
rect { stroke: #57606a; fill: #f6f8fa; } .network { fill: #ddf4ff; } .other { fill: #fff8c5; }
line, path { stroke: #57606a; fill: none; } .shared { stroke-dasharray: 4 3; } line.port { stroke: #1a7f37; }
svg { background: #ffffff; }
</style>`;

type Point = readonly [x: number, y: number];

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function widest(texts: readonly string[]): number {
  return Math.ceil(Math.max(0, ...texts.map(width)) * letter + 20);
}

function line([x1, y1]: Point, [x2, y2]: Point, kind: string): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function label(x: number, y: number, text: string): string {
  return `<text x="${x}" y="${y}">${escaped(text)}</text>`;
}

function drawnBox({ x, y, width: wide, lines, kind }: Box): string {
  const texts = lines.map((text, index) => label(x + 10, y + 4 + (index - (lines.length - 1) / 2) * 15, text));
  return [`<rect class="${kind}" x="${x}" y="${y - box / 2}" width="${wide}" height="${box}" rx="5"/>`, ...texts].join("\n");
}

/** Text as XML has it. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
