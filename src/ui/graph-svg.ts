import type { Graph } from "../model/graph.ts";
import { networkTitle, sharedTitle } from "./render-graph.ts";
import { width } from "./width.ts";

/** Pixels: of a letter, of a line of boxes, of a box, and between the columns. */
const letter = 7.3;
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
  const { environments, networks, ports } = graph;
  const others = [...new Set(graph.shared.filter(({ type }) => type !== "environment").map(sharedTitle))];
  const portLines = environments.map(({ name }) => ports.filter((port) => port.environment === name));
  const heights = portLines.map((own) => Math.max(row, own.length * 18 + 24));
  const tops = heights.map((_, index) => margin + heights.slice(0, index).reduce((sum, height) => sum + height, 0));
  const middle = (index: number) => (tops[index] ?? margin) + (heights[index] ?? row) / 2;
  const portWidth = widest(ports.map(({ host, inside }) => `${host} → ${inside}`));
  const own = environments.map(({ name, address }) => [name, ...(address === null ? [] : [address])]);
  const ownX = margin + (ports.length === 0 ? 0 : portWidth + gap);
  const ownWidth = widest(own.flat());
  const rightX = ownX + ownWidth + gap + 40;
  const titles = [...networks.map(networkTitle), ...others];
  const rightWidth = widest(titles);
  const boxes = own.map((lines, index): Box => ({ x: ownX, y: middle(index), width: ownWidth, lines, kind: "environment" }));
  const right = titles.map((title, index): Box => {
    const kind = index < networks.length ? "network" : "other";
    return { x: rightX, y: margin + row / 2 + index * row, width: rightWidth, lines: [title], kind };
  });
  const at = new Map(environments.map(({ name }, index) => [name, boxes[index]]));
  const drawn = [
    ...portLines.flatMap((list, index) =>
      list.flatMap(({ host, inside }, place) => {
        const y = middle(index) + (place - (list.length - 1) / 2) * 18;
        return [label(margin, y + 4, `${host} → ${inside}`), line([margin + portWidth, y], [ownX, middle(index)], "port")];
      }),
    ),
    ...environments.flatMap(({ network, mode }, index) => {
      const to = right[networks.findIndex(({ id }) => id === network)];
      return to === undefined || mode === "join" ? [] : [line([ownX + ownWidth, middle(index)], [to.x, to.y], "network")];
    }),
    ...graph.shared.flatMap((one) => {
      const from = at.get(one.environment);
      const to = one.type === "environment" ? at.get(one.with ?? "") : right[networks.length + others.indexOf(sharedTitle(one))];
      if (from === undefined || to === undefined) return [];
      const start = from.x + from.width;
      const end: Point = to.kind === "environment" ? [to.x + to.width, to.y] : [to.x, to.y];
      const between = [start + 30, (from.y + end[1]) / 2] as const;
      return [
        `<path class="shared" d="M${start} ${from.y} Q${start + 50} ${between[1]} ${end[0]} ${end[1]}"/>`,
        label(between[0], between[1], one.namespaces.join(", ")),
      ];
    }),
    ...[...boxes, ...right].map(drawnBox),
  ];
  const height = Math.max(margin * 2 + heights.reduce((sum, one) => sum + one, 0), margin * 2 + titles.length * row);
  const size = `${Math.ceil(rightX + rightWidth + margin)} ${Math.ceil(height)}`;
  const [wide = "", high = ""] = size.split(" ");
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" width="${wide}" height="${high}" role="img">`;
  return `${[open, `<title>${escaped(graph.project)}</title>`, style, ...drawn, "</svg>"].join("\n")}\n`;
}

const style = `<style>
text { font: 12px monospace; fill: #1f2328; }
rect { stroke: #57606a; fill: #f6f8fa; } .network { fill: #ddf4ff; } .other { fill: #fff8c5; }
line, path { stroke: #57606a; fill: none; } .shared { stroke-dasharray: 4 3; } line.port { stroke: #1a7f37; }
svg { background: #ffffff; }
</style>`;

type Point = readonly [x: number, y: number];

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
