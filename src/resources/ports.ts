import type { PublishedPort } from "../model/environment.ts";
import { child } from "../model/address.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { projectNetwork } from "../model/network.ts";
import type { Lease, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress } from "./keeper.ts";
import { portMaps, tableIn } from "./nat-rules.ts";
import { rulesStep } from "./nat-steps.ts";

/** One element of one of the maps, as nft writes it: `any4 tcp . 8080 : 10.213.0.5 . 80`. */
type Element = string;

/** The ports of the host that lead into an environment, by the host's side as the manifest has it, each with its elements of the project's maps. */
export const ports: Resource<readonly Element[]> = {
  name: "ports",
  stage: "assembly",
  decidedBy: ["network"],
  path: (key) => child("network.ports", key),
  facts: (scope) => (scope.environment?.network.ports === undefined && scope.last?.network.ports === undefined ? [] : ["host/rules"]),
  want({ environment, lease }) {
    const published = Object.entries(environment.network.ports ?? {});
    return new Map(lease === undefined ? [] : published.map(([key, port]) => [key, elementsOf(port, lease)] as const));
  },
  have(scope, facts) {
    const found = new Map<string, Element[]>();
    const keys = new Map<Element, string>();
    for (const [key, wanted] of scope.environment === null ? [] : ports.want({ ...scope, environment: scope.environment }, facts))
      for (const element of wanted) keys.set(element, key);
    for (const element of ownElements(scope, facts)) {
      const key = keys.get(element) ?? keyOf(element);
      found.set(key, [...(found.get(key) ?? []), element]);
    }
    return found;
  },
  needs: ({ name }) => [namespacesAddress(name), `${name}.network.rules`],
  compare(want, have) {
    const [missing, extra] = [want.filter((one) => !have.includes(one)), have.filter((one) => !want.includes(one))];
    if (missing.length === 0 && extra.length === 0) return [];
    return [{ field: "", want: missing.join(", ") || "nothing more", have: extra.join(", ") || "nothing" }];
  },
  seen: ({ scope }) => `nft list maps: table inet ${projectNetwork(scope.project).table}`,
  describe: (elements) => `to ${elements[0]?.split(" : ")[1]?.replace(" . ", " port ") ?? "nothing"}`,
  create: ({ scope, want, facts }) => changeSteps(scope, { want, facts, gone: [] }),
  update: ({ scope, want, have, facts }) => changeSteps(scope, { want, facts, gone: have.filter((one) => !want.includes(one)) }),
  remove: ({ scope, have, facts }) => changeSteps(scope, { want: [], facts, gone: have }),
};

/** The elements of a port: one, or one of each family. */
function elementsOf({ address, port, protocol, to }: PublishedPort, { addresses }: Lease): readonly Element[] {
  return addresses.flatMap((own): readonly Element[] => {
    const inside = own.replace(/\/\d+$/, "");
    const family = inside.includes(":") ? 6 : 4;
    const target = `${inside} . ${to}`;
    if (address === null || address === anyOf[family]) return [`any${family} ${protocol} . ${port} : ${target}`];
    return address.includes(":") === (family === 6) ? [`one${family} ${address} . ${protocol} . ${port} : ${target}`] : [];
  });
}

const anyOf = { 4: "0.0.0.0", 6: "::" } as const;

/** The host's side of an element that the manifest does not have. */
function keyOf(element: Element): string {
  const [, map = "", key = ""] = /^(\S+) (.*) : /.exec(element) ?? [];
  const parts = key.split(" . ");
  const address = map.startsWith("one") ? (parts[0] ?? "") : anyOf[map === "any6" ? 6 : 4];
  return `${address.includes(":") ? `[${address}]` : address}:${parts.at(-1)}`;
}

/** The elements of a table, as it is listed. */
function elementsIn(table: string | null): readonly Element[] {
  return Object.keys(portMaps).flatMap((map) => {
    const body = new RegExp(`^\\tmap ${map} \\{\\n[\\s\\S]*?elements = \\{([\\s\\S]*?)\\}`, "m").exec(blockOf(table, map))?.[1] ?? "";
    return body.split(",").flatMap((one) => (one.trim() === "" ? [] : [`${map} ${one.trim().replace(/\s+/g, " ")}`]));
  });
}

function blockOf(table: string | null, map: string): string {
  return new RegExp(`^\\tmap ${map} \\{\\n[\\s\\S]*?^\\t\\}$`, "m").exec(table ?? "")?.[0] ?? "";
}

/** The elements that lead to an environment. */
function ownElements({ project, lease }: Scope, facts: Facts): readonly Element[] {
  const own = (lease?.addresses ?? []).map((address) => address.replace(/\/\d+$/, ""));
  const all = elementsIn(tableIn(text(facts, "host/rules"), projectNetwork(project).table));
  return all.filter((element) => own.includes(/ : (\S+) \. \d+$/.exec(element)?.[1] ?? ""));
}

interface ElementChange {
  readonly want: readonly Element[];
  readonly gone: readonly Element[];
  readonly facts: Facts;
}

/** One transaction. What is to go is added first: then it is there, whoever took it away meanwhile. */
function changeSteps({ project }: Scope, { want, gone }: ElementChange): readonly Step[] {
  if (want.length + gone.length === 0) return [];
  const line = (verb: "add" | "delete", element: Element) => {
    const [, map, rest = ""] = /^(\S+) (.*)$/.exec(element) ?? [];
    return `${verb} element inet ${projectNetwork(project).table} ${map} { ${verb === "add" ? rest : rest.replace(/ : .*$/, "")} }\n`;
  };
  const lines = [...gone.flatMap((one) => [line("add", one), line("delete", one)]), ...want.map((one) => line("add", one))];
  return [rulesStep(lines.join(""))];
}

/** Takes away the ports that lead to an environment which ends. */
export function portsLeftSteps(scope: Scope, facts: Facts): readonly Step[] {
  return scope.lease === undefined ? [] : changeSteps(scope, { want: [], facts, gone: ownElements(scope, facts) });
}
