import type { NetAddress, NetLink } from "../kernel/netlink.ts";
import { canonicalAddress, canonicalPrefix, parseAddresses, parseLinks, parseRoutes } from "../kernel/netlink.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Network } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { hostLink, projectNetwork } from "../model/network.ts";
import type { Difference, Lease, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress } from "./keeper.ts";
import { chainsText, listedChains, tableIn, wantedChains } from "./nat-rules.ts";
import {
  announcingStep,
  bridgeStep,
  forwardingStep,
  hostEndStep,
  insideLink,
  insideStep,
  leaveStep,
  linkStep,
  rulesStep,
} from "./nat-steps.ts";
import { portsLeftSteps } from "./ports.ts";

/** One part of the way out: what is to be said of it, field by field; of a list one to a line, sorted. */
export type Part = Readonly<Record<string, string>>;

/** The way out of an environment: the project's bridge, its rules, the host's forwarding, and the environment's own interface with its routes. */
export const nat: Resource<Part> = {
  name: "nat",
  stage: "assembly",
  decidedBy: ["network"],
  path: (key) => `network.${key}`,
  facts(scope) {
    const here: readonly FactName[] = ["host/net/dev"];
    if (!isMember(scope)) return here;
    return [
      ...here,
      ...kinds.map((kind) => `keeper/net/${kind}`),
      "machine/net/links",
      "machine/net/addresses",
      ...tools.map((tool) => `tool/${tool}`),
      "host/forwarding",
      "host/rules",
    ];
  },
  want(scope) {
    const { lease, project, environment } = scope;
    const { mac_address } = environment.network;
    if (environment.network.mode !== "nat" || lease === undefined) return new Map();
    const { bridge } = projectNetwork(project);
    return new Map<string, Part>([
      ["bridge", { state: "up", addresses: listed(lease.gateways) }],
      ["rules", Object.fromEntries([...wantedChains({ bridge }, lease.gateways)].map(([chain, lines]) => [chain, listed(lines)]))],
      ["forwarding", { "": "on" }],
      [
        insideLink,
        {
          state: "up",
          addresses: listed(lease.addresses),
          routes: listed(wantedRoutes(environment.network, lease)),
          mtu: String(mtuOf(scope)),
          ...(mac_address === undefined ? {} : { mac_address }),
          host_end: `up in ${bridge}`,
        },
      ],
    ]);
  },
  have(scope, facts) {
    const own = scope.environment?.network.mode === "nat" ? partsSeen(scope, facts) : [];
    const link = scope.environment?.network.mode === "nat" ? insideSeen(scope, facts) : leftSeen(scope, facts);
    return new Map([...own, ...(link === null ? [] : [[insideLink, link] as const])]);
  },
  needs: ({ name }, key) => [
    namespacesAddress(name),
    ...(key === "bridge" ? [] : [`${name}.network.bridge`]),
    ...(key === "forwarding" ? [`${name}.network.rules`] : []),
  ],
  compare(want, have) {
    const fields = [...new Set([...Object.keys(want), ...Object.keys(have)])];
    return fields.flatMap((field): readonly Difference[] => {
      const [wanted, found] = [linesOf(want, field), linesOf(have, field)];
      if (wanted.join() === found.join()) return [];
      const only = (lines: readonly string[], others: readonly string[]) =>
        lines.filter((line) => !others.includes(line)).join("; ") || "nothing more";
      return [{ field, want: only(wanted, found), have: only(found, wanted) }];
    });
  },
  seen: ({ scope, key, facts }) => evidenceOf(scope, key, facts),
  describe: (part) =>
    Object.entries(part)
      .map(([field, value]) => `${field} ${value.replaceAll("\n", ", ")}`.trim())
      .join("; "),
  create: ({ scope, key, want, facts }) => made(scope, { key, want, have: null, facts }),
  update: ({ scope, key, want, have, facts }) => made(scope, { key, want, have, facts }),
  remove: ({ scope, key, facts }) =>
    key === insideLink ? [...(isMember(scope) ? portsLeftSteps(scope, facts) : []), leaveStep(scope)] : [],
};

const kinds = ["links", "addresses", "routes"] as const;

/** Whether an environment is, or when it was last applied was, in the project's network. */
function isMember({ environment, last }: Scope): boolean {
  return environment?.network.mode === "nat" || last?.network.mode === "nat";
}

function listed(values: readonly string[]): string {
  return [...values].sort().join("\n");
}

function linesOf(part: Part | null, field: string): readonly string[] {
  return (part?.[field] ?? "").split("\n").filter((line) => line !== "");
}

function bare(address: string): string {
  return address.replace(/\/\d+$/, "");
}

interface Making {
  readonly key: string;
  readonly want: Part;
  readonly have: Part | null;
  readonly facts: Facts;
}

function made(scope: Scope, { key, have, facts }: Making): readonly Step[] {
  const { lease } = scope;
  if (lease === undefined) return [];
  switch (key) {
    case "bridge":
      return [bridgeStep(scope, lease, extraIn(have, "addresses", lease.gateways))];
    case "rules": {
      const { bridge, table } = projectNetwork(scope.project);
      const seen = listedChains(tableIn(text(facts, "host/rules"), table));
      return [rulesStep(chainsText(table, wantedChains({ bridge }, lease.gateways), seen))];
    }
    case "forwarding":
      return [forwardingStep()];
    default:
      return linkSteps(scope, lease, have);
  }
}

function linkSteps(scope: Scope, lease: Lease, have: Part | null): readonly Step[] {
  const anew = have === null || have.host_end === "nothing";
  const { mac_address } = scope.environment?.network ?? {};
  const routes = wantedRoutes(scope.environment?.network ?? { mode: "nat" }, lease);
  // With an address the kernel takes away those that came later of the same prefix, and the routes by it: what is to go goes first.
  const lines = [
    `link set dev ${insideLink} mtu ${mtuOf(scope)}${mac_address === undefined ? "" : ` address ${mac_address}`} up`,
    ...(anew ? [] : extraIn(have, "routes", routes)).map((route) => `route del ${route}`),
    ...(anew ? [] : extraIn(have, "addresses", lease.addresses)).map((one) => `address del ${one} dev ${insideLink}`),
    ...lease.addresses.map((one) => `address replace ${one} dev ${insideLink}${one.includes(":") ? " nodad" : ""}`),
    ...routes.map((route) => `route replace ${route} dev ${insideLink}`),
  ];
  const announced = !anew && mac_address !== undefined && have.mac_address !== mac_address ? [announcingStep(scope)] : [];
  return [anew ? linkStep(scope, mtuOf(scope)) : hostEndStep(scope, mtuOf(scope)), ...announced, insideStep(scope, lines)];
}

/** As parseRoutes has them: what is declared, and the ways out of the families of which none is. */
function wantedRoutes({ routes = {} }: Network, { gateways, names }: Lease): readonly string[] {
  const declared = Object.entries(routes).flatMap(([to, via]) => {
    const six = to === "default" ? null : to.includes(":");
    const hops = names.get(via) ?? [via];
    return hops
      .filter((hop) => six === null || hop.includes(":") === six)
      .map((hop) => ({ to: canonicalPrefix(to), via: canonicalAddress(hop) }));
  });
  const ways = gateways.map((gateway) => ({ to: "default", via: bare(gateway) }));
  const others = ways.filter(({ via }) => !declared.some((one) => one.to === "default" && one.via.includes(":") === via.includes(":")));
  return [...others, ...declared].map(({ to, via }) => `${to} via ${via}`);
}

/** The MTU of both ends of eth0; that of Ethernet where none is declared. */
function mtuOf({ environment }: Pick<Scope, "environment">): number {
  return environment?.network.mtu ?? 1500;
}

function extraIn(have: Part | null, field: string, wanted: readonly string[]): readonly string[] {
  return linesOf(have, field).filter((one) => !wanted.includes(one));
}

// ---- what is there ----

function partsSeen({ project }: Scope, facts: Facts): readonly (readonly [string, Part])[] {
  const { bridge, table } = projectNetwork(project);
  const links = parseLinks(text(facts, "machine/net/links") ?? "");
  const found = [...links.values()].find(({ name }) => name === bridge);
  const chains = listedChains(tableIn(text(facts, "host/rules"), table));
  const rules = chains === null ? null : Object.fromEntries([...chains].map(([chain, lines]) => [chain, listed(lines) || "no rule"]));
  return [
    ...(found === undefined ? [] : [["bridge", linkPart(found, parseAddresses(text(facts, "machine/net/addresses") ?? ""))] as const]),
    ...(rules === null ? [] : [["rules", rules] as const]),
    ["forwarding", { "": text(facts, "host/forwarding")?.trim() === "1" ? "on" : "off" }],
  ];
}

function linkPart({ index, up }: NetLink, addresses: readonly NetAddress[]): Part {
  const own = addresses.filter((one) => one.index === index && !one.linkLocal);
  return { state: up ? "up" : "down", addresses: listed(own.map(({ address }) => address)) };
}

function insideSeen({ id, environment }: Scope, facts: Facts): Part | null {
  const found = [...parseLinks(text(facts, "keeper/net/links") ?? "").values()].find(({ name }) => name === insideLink);
  if (found === undefined) return null;
  const routes = parseRoutes(text(facts, "keeper/net/routes") ?? "").map(({ destination, via, index }) => {
    const on = index === found.index ? "" : ` dev ${index}`;
    return `${destination}${via === null ? "" : ` via ${via}`}${on}`;
  });
  const around = parseLinks(text(facts, "machine/net/links") ?? "");
  const end = [...around.values()].find(({ name }) => name === hostLink(id));
  const master = end?.master == null ? "no bridge" : (around.get(end.master)?.name ?? `interface ${end.master}`);
  return {
    ...linkPart(found, parseAddresses(text(facts, "keeper/net/addresses") ?? "")),
    routes: listed(routes),
    mtu: String(found.mtu),
    ...(environment?.network.mac_address === undefined ? {} : { mac_address: found.macAddress }),
    host_end:
      end === undefined
        ? "nothing"
        : `${end.up ? "up" : "down"} in ${master}${end.mtu === mtuOf({ environment }) ? "" : `, mtu ${end.mtu}`}`,
  };
}

/** What an environment still has on the host that is to have none of it any more. */
function leftSeen({ id }: Scope, facts: Facts): Part | null {
  return isInterface(facts, hostLink(id)) ? { host_end: hostLink(id) } : null;
}

function isInterface(facts: Facts, name: string): boolean {
  return new RegExp(`^ *${name}:`, "m").test(text(facts, "host/net/dev") ?? "");
}

function evidenceOf({ project, keeper }: Scope, key: string, facts: Facts): string {
  const { bridge, table } = projectNetwork(project);
  switch (key) {
    case "bridge":
      return `ip address show dev ${bridge}`;
    case "rules":
      return `nft list table inet ${table}`;
    case "forwarding":
      return `/proc/sys/net/ipv4/ip_forward: ${text(facts, "host/forwarding")?.trim() ?? "cannot be read"}`;
    default:
      return `nsenter -t ${keeper?.pid ?? "PID"} -n ip address show dev ${insideLink}`;
  }
}

/** Takes away what an environment that ends has on the host; where nobody else is in the project's network, that too. Nothing where nothing is there. */
export function leaveSteps(scope: Scope, facts: Facts): readonly Step[] {
  const ports = isMember(scope) ? portsLeftSteps(scope, facts) : [];
  const left = isInterface(facts, hostLink(scope.id)) || isDeserted(scope, facts);
  return left ? [...ports, leaveStep(scope)] : ports;
}

/** Whether something of the project's network is there, and nobody else in it. */
function isDeserted(scope: Scope, facts: Facts): boolean {
  const { bridge, table } = projectNetwork(scope.project);
  if (!isMember(scope)) return isInterface(facts, bridge) && !/^ *cl-[a-z2-7]{8}:/m.test(text(facts, "host/net/dev") ?? "");
  const links = [...parseLinks(text(facts, "machine/net/links") ?? "").values()];
  const found = links.find(({ name }) => name === bridge);
  const others = links.filter(({ master, name }) => found !== undefined && master === found.index && name !== hostLink(scope.id));
  return others.length === 0 && (found !== undefined || tableIn(text(facts, "host/rules"), table) !== null);
}

/** The programs that it takes, where they are not here. */
export function natProblems({ environment, name }: Scope, facts: Facts): readonly Diagnostic[] {
  if (environment?.network.mode !== "nat") return [];
  const missing = tools.filter((tool) => text(facts, `tool/${tool}`) === null);
  return missing.map((tool) => ({
    code: "host/missing-tool",
    severity: "error",
    message: `${name}: ${tool} is not installed, and network mode nat needs it`,
    hint: `apt-get install ${tool === "ip" ? "iproute2" : "nftables"}`,
  }));
}

const tools = ["ip", "nft"] as const;
