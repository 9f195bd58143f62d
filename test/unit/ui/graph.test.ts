import { test } from "uvu";
import * as assert from "uvu/assert";
import { graphOf } from "../../../src/manifest/graph.ts";
import { load } from "../../../src/manifest/load.ts";
import { svgGraph } from "../../../src/ui/graph-svg.ts";
import { mermaidGraph, renderGraph } from "../../../src/ui/render-graph.ts";
import { golden } from "../../support/golden.ts";

const text = `
api_version: cloister/v1
name: site
environments:
  web:
    rootfs: { directory: ./root }
    network: { mode: nat, ports: { "127.0.0.1:8080": 80, "[2001:db8::1]:53": 53/udp } }
  db:
    rootfs: { directory: ./root }
    network: { mode: nat, address: 10.213.0.9 }
  guest:
    rootfs: { directory: ./root }
    network: { mode: user, ports: { "8443": 443 } }
  logs:
    rootfs: { directory: ./root }
    network: { mode: join, join: db }
    namespaces: { ipc: "join:db" }
  shipper:
    rootfs: { directory: ./root }
    network: { mode: join, join: logs }
  lab:
    rootfs: { directory: ./root }
    network: { mode: bridge, bridge: br0, address: 192.0.2.5/24 }
    namespaces: { uts: host }
  edge:
    rootfs: { directory: ./root }
    network: { mode: macvlan, parent: eth0 }
  old:
    rootfs: { directory: ./root }
    network: { mode: path, path: '/run/netns/<"lab">' }
    namespaces: { ipc: path:/run/ipc }
  tools:
    rootfs: { directory: ./root }
    network: { mode: host }
  job:
    rootfs: { directory: ./root }
`;

function graph() {
  const loaded = load({ sources: [{ path: "site.yaml", text }], directory: "/work/site", exists: () => true });
  if (!("manifest" in loaded)) throw new Error(loaded.diagnostics.map(({ message }) => message).join("; "));
  return graphOf(loaded.manifest);
}

test("a graph tells of networks, ports and shared namespaces, in words and as a picture", () => {
  golden("graph/site.txt", renderGraph(graph()));
  golden("graph/site.mmd", mermaidGraph(graph()));
  golden("graph/site.svg", svgGraph(graph()));
});

test("who joins is in the network of the joined, by however many joins", () => {
  const networks = new Map(graph().environments.map(({ name, network }) => [name, network]));
  assert.equal([networks.get("logs"), networks.get("shipper"), networks.get("job")], ["nat", "nat", null]);
});

test("what a path holds cannot become a part of a drawing", () => {
  assert.not.match(svgGraph(graph()), /<"lab">/);
  assert.not.match(mermaidGraph(graph()), /netns\/<"/);
});

test.run();
