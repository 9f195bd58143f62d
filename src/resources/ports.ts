import { child } from "../model/address.ts";
import type { Environment } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { projectNetwork } from "../model/network.ts";
import type { Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress } from "./keeper.ts";
import { tableIn } from "./nat-rules.ts";
import { rulesStep } from "./nat-steps.ts";
import { listenersFact, lowestFact } from "./port-conflicts.ts";
import type { Element } from "./port-elements.ts";
import { elementsIn, elementsOf, keyOf, ownAddresses } from "./port-elements.ts";
import { uplinkFact, uplinkFacts } from "./uplink.ts";

/** The ports of the host that lead into an environment, by the host's side as the manifest has it, each with its elements of the project's maps. */
export const ports: Resource<readonly Element[]> = {
  name: "ports",
  stage: "assembly",
  decidedBy: ["network"],
  path: (key) => child("network.ports", key),
  facts(scope) {
    const { environment, last = null } = scope;
    const published = Object.values(environment?.network.ports ?? {});
    const listeners = published.map(listenersFact);
    const own = published.length === 0 ? [] : environment?.network.mode === "user" ? [...uplinkFacts(scope), lowestFact] : [uplinkFact];
    return [...(isListed({ environment, last }) ? ["machine/rules"] : []), ...listeners, ...own];
  },
  want({ environment, lease }) {
    const published = Object.entries(environment.network.ports ?? {});
    return new Map(
      lease === undefined || environment.network.mode !== "nat"
        ? []
        : published.map(([key, port]) => [key, elementsOf(port, lease)] as const),
    );
  },
  have(scope, facts) {
    const found = new Map<string, Element[]>();
    // Those of what has no place in the network any more go with it.
    if (scope.environment?.network.mode !== "nat" || !isListed(scope)) return found;
    const keys = new Map<Element, string>();
    // What goes is called as it was when it came.
    for (const environment of [scope.last ?? null, scope.environment])
      for (const [key, wanted] of environment === null ? [] : wantedEver({ ...scope, environment }, facts))
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
  create: ({ scope, want }) => changeSteps(scope, { want, gone: [] }),
  update: ({ scope, want, have }) => changeSteps(scope, { want, gone: have.filter((one) => !want.includes(one)) }),
  remove: ({ scope, have }) => changeSteps(scope, { want: [], gone: have }),
};

/** What is wanted, and what was with the addresses that it has as yet. */
function wantedEver(
  scope: Scope & { readonly environment: Environment },
  facts: Facts,
): readonly (readonly [string, readonly Element[]])[] {
  const { lease } = scope;
  const before = lease?.earlier === undefined ? [] : ports.want({ ...scope, lease: { ...lease, addresses: lease.earlier } }, facts);
  return [...before, ...ports.want(scope, facts)];
}

/** Whether the rules of the host were asked for. */
function isListed({ environment, last }: Pick<Scope, "environment" | "last">): boolean {
  return environment?.network.ports !== undefined || last?.network.ports !== undefined;
}

/** The elements that lead to an environment. */
function ownElements({ project, lease }: Scope, facts: Facts): readonly Element[] {
  const own = lease === undefined ? [] : ownAddresses(lease);
  const all = elementsIn(tableIn(text(facts, "machine/rules"), projectNetwork(project).table));
  return all.filter((element) => own.includes(/ : (\S+) \. \d+$/.exec(element)?.[1] ?? ""));
}

interface ElementChange {
  readonly want: readonly Element[];
  readonly gone: readonly Element[];
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
  return scope.lease === undefined ? [] : changeSteps(scope, { want: [], gone: ownElements(scope, facts) });
}
