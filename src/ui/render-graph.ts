import type { Graph, GraphEnvironment, GraphNetwork, GraphShared } from "../model/graph.ts";
import { printable } from "./printable.ts";
import { tableLines } from "./table.ts";

/** A graph as one JSON document, `cloister/graph/v1` (schemas/output/graph-v1.json). */
export function graphDocument(graph: Graph): Record<string, unknown> {
  return { schema: "cloister/graph/v1", ...graph };
}

/** A graph for people: each network with who is in it and by which ports, then whose namespaces are shared. Ends in a line break. */
export function renderGraph(graph: Graph): string {
  const blocks = [...graph.networks, null].flatMap((network) => {
    const members = graph.environments.filter((one) => one.network === (network?.id ?? null));
    if (members.length === 0) return [];
    const rows = members.flatMap((member) => memberRows(graph, member));
    return [[network === null ? "no network" : networkTitle(network), ...tableLines(rows).map((line) => `  ${line}`)].join("\n")];
  });
  const shared = graph.shared.map((one) => `${one.environment} shares ${one.namespaces.join(", ")} with ${sharedTitle(one)}`);
  return `${[...blocks, ...(shared.length === 0 ? [] : [shared.join("\n")])].join("\n\n")}\n`;
}

function memberRows({ ports }: Graph, { name, address, mode }: GraphEnvironment): readonly (readonly string[])[] {
  const leading = ports.filter(({ environment }) => environment === name).map(({ host, inside }) => `${host} -> ${inside}`);
  const said = address ?? (mode === "join" ? "(joined)" : "");
  return [[name, said, leading[0] ?? ""], ...leading.slice(1).map((port) => ["", "", port])];
}

/** A network in words. */
export function networkTitle({ mode, name }: GraphNetwork): string {
  switch (mode) {
    case "nat":
      return "the project's network (nat)";
    case "host":
      return "the host's network";
    case "bridge":
      return `bridge ${printable(name ?? "")} of the host`;
    case "macvlan":
      return `the network of ${printable(name ?? "")} (macvlan)`;
    case "user":
      return "what a user of the host reaches (user)";
    case "path":
      return `the network of ${printable(name ?? "")}`;
  }
}

/** Whom namespaces are shared with. */
export function sharedTitle({ type, with: other }: GraphShared): string {
  return type === "host" ? "the host" : printable(other ?? "");
}

/** A graph as a flowchart of Mermaid. Ends in a line break. */
export function mermaidGraph(graph: Graph): string {
  const ids = new Map(graph.environments.map(({ name }, index) => [name, `e${index}`]));
  const networks = new Map(graph.networks.map(({ id }, index) => [id, `n${index}`]));
  const others = [...new Set(graph.shared.filter(({ type }) => type !== "environment").map(sharedTitle))];
  const of = (name: string) => ids.get(name) ?? "e";
  const lines = [
    ...graph.environments.map(({ name, address }) => `${of(name)}["${quoted(address === null ? name : `${name}<br>${address}`)}"]`),
    ...graph.networks.map((network) => `${networks.get(network.id)}(["${quoted(networkTitle(network))}"])`),
    ...others.map((other, index) => `o${index}[/"${quoted(other)}"/]`),
    ...(graph.ports.length > 0 ? ['host{{"ports of the host"}}'] : []),
    ...graph.ports.map(({ environment, host, inside }) => `host -- "${quoted(`${host} to ${inside}`)}" --> ${of(environment)}`),
    ...graph.environments.flatMap(({ name, network, mode }) =>
      network === null || mode === "join" ? [] : [`${of(name)} --- ${networks.get(network)}`],
    ),
    ...graph.shared.map((one) => {
      const to = one.type === "environment" ? of(one.with ?? "") : `o${others.indexOf(sharedTitle(one))}`;
      return `${of(one.environment)} -. "${one.namespaces.join(", ")}" .- ${to}`;
    }),
  ];
  return `${["flowchart LR", ...lines.map((line) => `  ${line}`)].join("\n")}\n`;
}

/** Text between quotes of Mermaid; `<br>` is a line break of ours. */
function quoted(text: string): string {
  return text
    .split("<br>")
    .map((part) => printable(part).replace(/[#"<>&]/g, (character) => `#${character.charCodeAt(0)};`))
    .join("<br>");
}
