import type { Environment, Manifest, NamespaceKind } from "../model/environment.ts";
import { namespaceKinds, portRange } from "../model/environment.ts";
import type { Graph, GraphNetwork, GraphShared } from "../model/graph.ts";

/** What the environments of a manifest have to do with one another. */
export function graphOf({ project, environments }: Manifest): Graph {
  const all = [...environments.values()];
  const networks = new Map(all.flatMap((one) => networkOf(one) ?? []).map((network) => [network.id, network]));
  return {
    project,
    networks: [...networks.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    environments: all.map((environment) => ({
      name: environment.name,
      mode: environment.network.mode,
      network: networkOf(joined(environment, environments))?.id ?? null,
      address: environment.network.address ?? null,
    })),
    ports: all.flatMap(({ name, network: { ports = {} } }) =>
      Object.entries(ports).map(([host, port]) => ({ environment: name, host, inside: `${portRange(port.to, port)}/${port.protocol}` })),
    ),
    shared: all.flatMap(sharedBy),
  };
}

/** The environment whose network it is in, by however many joins. A circle was refused before. */
function joined(environment: Environment, environments: Manifest["environments"]): Environment {
  const { join } = environment.network;
  const other = join === undefined ? undefined : environments.get(join);
  return other === undefined ? environment : joined(other, environments);
}

function networkOf({ network: { mode, bridge, parent, path } }: Environment): GraphNetwork | null {
  if (mode === "none" || mode === "join") return null;
  const name = bridge ?? parent ?? path ?? null;
  return { id: name === null ? mode : `${mode} ${name}`, mode, name };
}

function sharedBy({ name, namespaces, network }: Environment): readonly GraphShared[] {
  const found = new Map<string, GraphShared & { readonly namespaces: NamespaceKind[] }>();
  for (const kind of namespaceKinds) {
    const setting = namespaces[kind];
    // The host's time is everybody's; its network is told as such.
    const isOrdinary = setting === "private" || (kind === "time" && setting === "host");
    if (isOrdinary || (kind === "net" && (network.mode === "host" || network.mode === "path"))) continue;
    const [type, other] = setting === "host" ? (["host", null] as const) : sharedWith(setting);
    const key = `${type} ${other}`;
    const one = found.get(key) ?? { environment: name, type, with: other, namespaces: [] };
    one.namespaces.push(kind);
    found.set(key, one);
  }
  return [...found.values()];
}

function sharedWith(setting: string): readonly ["environment" | "path", string] {
  const [word = "", ...rest] = setting.split(":");
  return [word === "join" ? "environment" : "path", rest.join(":")];
}
