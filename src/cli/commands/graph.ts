import type { Verb } from "../verb.ts";

export const graph: Verb = {
  name: "graph",
  summary: "draw environments, their networks, ports and shared namespaces",
  description:
    "Draws what the manifest says of the environments together: which networks they are in, which ports of the host lead into them, and whose namespaces they share. As text, as a flowchart of Mermaid, or as a picture. Needs no root and looks at no environment.",
  operands: [],
  flags: [{ spelling: "--format FORMAT", description: "how it is drawn (default: text)", choices: ["text", "mermaid", "svg"] }],
  examples: [
    { command: "cloister graph", shows: "each network and who is in it" },
    { command: "cloister graph --format svg >site.svg", shows: "a picture" },
    { command: "cloister graph --json | jq -r '.ports[].host'", shows: "for programs" },
  ],
  async run(context) {
    const { settings, terminal, flags } = context;
    const { loadManifest } = await import("../load-manifest.ts");
    const { graphOf } = await import("../../manifest/graph.ts");
    const { graphDocument, mermaidGraph, renderGraph } = await import("../../ui/render-graph.ts");
    const drawn = graphOf(loadManifest(context));
    const format = flags.value("format") ?? "text";
    if (settings.json) terminal.out(`${JSON.stringify(graphDocument(drawn))}\n`);
    else if (format === "mermaid") terminal.out(mermaidGraph(drawn));
    else if (format === "svg") terminal.out((await import("../../ui/graph-svg.ts")).svgGraph(drawn));
    else terminal.out(renderGraph(drawn));
    return 0;
  },
};
