import { parseAddresses, parseLinks } from "../kernel/netlink.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { hostLink, projectNetwork } from "../model/network.ts";
import type { Lease, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import type { HostLeft } from "../plan/plan-request.ts";
import { firewallFacts } from "./firewall.ts";
import { namespacesAddress } from "./keeper.ts";
import { linkPart } from "./link-seen.ts";
import { chainsIn, chainsText, tableIn, wantedChains } from "./nat-rules.ts";
import { bridgeStep, forwardingStep, leaveStep, rulesStep } from "./nat-steps.ts";
import type { Part } from "./part.ts";
import { compareParts, describePart, extraIn, listed } from "./part.ts";
import { portsLeftSteps } from "./ports.ts";

/** What the environments of a project with mode `nat` have in common: the bridge, its rules, the host's forwarding. */
export const nat: Resource<Part> = {
  name: "nat",
  stage: "assembly",
  confines: true,
  decidedBy: ["network"],
  path: (key) => `network.${key}`,
  facts: (scope) =>
    isMember(scope) ? [...sharedFacts, ...settings(scope), ...firewallFacts(scope), ...(scope.lease?.loopback ? [routesFact] : [])] : [],
  want({ environment, lease, project }) {
    if (environment.network.mode !== "nat" || lease === undefined) return new Map();
    const { bridge } = projectNetwork(project);
    return new Map<string, Part>([
      ["bridge", wantedBridge(lease)],
      ["rules", Object.fromEntries([...wantedChains({ bridge }, lease)].map(([chain, lines]) => [chain, listed(lines)]))],
      ["forwarding", { "": "on" }],
    ]);
  },
  have: (scope, facts) => new Map(scope.environment?.network.mode === "nat" ? partsSeen(scope, facts) : []),
  needs: ({ name }, key) => [
    namespacesAddress(name),
    ...(key === "bridge" ? [] : [`${name}.network.bridge`]),
    ...(key === "forwarding" ? [`${name}.network.rules`] : []),
  ],
  compare: compareParts,
  seen: ({ scope, key, facts }) => evidenceOf(scope, key, facts),
  describe: describePart,
  create: ({ scope, key, facts }) => made(scope, { key, have: null, facts }),
  update: ({ scope, key, have, facts }) => made(scope, { key, have, facts }),
  // With the last of them, by whoever is that: see leaveStep.
  remove: () => [],
};

const sharedFacts: readonly FactName[] = [
  "machine/net/links",
  "machine/net/addresses",
  "tool/ip",
  "tool/nft",
  "host/forwarding",
  "machine/rules",
];

const routesFact = "host/net/ipv6_route";

/** What the kernel is told of the bridge: whether 127.0.0.0/8 leads over it, and whether it has no IPv6. */
function settings({ project }: Scope): readonly [localnet: FactName, disabled: FactName] {
  const { bridge } = projectNetwork(project);
  return [`host/sys/net/ipv4/conf/${bridge}/route_localnet`, `host/sys/net/ipv6/conf/${bridge}/disable_ipv6`];
}

function wantedBridge({ gateways, loopback }: Lease): Part {
  return {
    state: "up",
    addresses: listed(gateways),
    route_localnet: "on",
    ...(gateways.some((gateway) => gateway.includes(":")) ? { ipv6: "on" } : {}),
    ...(loopback ? { loopback: "::1" } : {}),
  };
}

/** Whether an environment is, or when it was last applied was, in the project's network. */
function isMember({ environment, last }: Scope): boolean {
  return environment?.network.mode === "nat" || last?.network.mode === "nat";
}

interface Making {
  readonly key: string;
  readonly have: Part | null;
  readonly facts: Facts;
}

function made(scope: Scope, { key, have, facts }: Making): readonly Step[] {
  const { lease, project } = scope;
  if (lease === undefined) return [];
  const stands = isStanding(scope, key, facts) ? ({ stands: true } as const) : {};
  if (key === "bridge") return [{ ...bridgeStep(scope, lease, extraIn(have, "addresses", lease.gateways)), ...stands }];
  if (key === "forwarding") return [{ ...forwardingStep(), ...stands }];
  const { bridge, table } = projectNetwork(project);
  const rules = rulesStep(chainsText(table, wantedChains({ bridge }, lease), chainsIn(text(facts, "machine/rules"), table)));
  // A chain of the bridge's own can only be made where the bridge is.
  return [{ ...rules, ...stands, shared: "made", ...(lease.loopback ? {} : { ahead: true }) }];
}

/** Whether something that all have in common is as it is to be, for others. */
function isStanding(scope: Scope, key: string, facts: Facts): boolean {
  const { environment } = scope;
  const want = environment === null ? undefined : nat.want({ ...scope, environment }, facts).get(key);
  const have = partsSeen(scope, facts).find(([part]) => part === key)?.[1];
  return want !== undefined && have !== undefined && compareParts(want, have).length === 0;
}

function partsSeen(scope: Scope, facts: Facts): readonly (readonly [string, Part])[] {
  const { bridge, table } = projectNetwork(scope.project);
  const links = parseLinks(text(facts, "machine/net/links") ?? "");
  const found = [...links.values()].find(({ name }) => name === bridge);
  const chains = chainsIn(text(facts, "machine/rules"), table);
  const rules = chains === null ? null : Object.fromEntries([...chains].map(([chain, lines]) => [chain, listed(lines) || "no rule"]));
  return [
    ...(found === undefined
      ? []
      : [
          [
            "bridge",
            { ...linkPart(found, parseAddresses(text(facts, "machine/net/addresses") ?? "")), ...settingsSeen(scope, facts) },
          ] as const,
        ]),
    ...(rules === null ? [] : [["rules", rules] as const]),
    ["forwarding", { "": text(facts, "host/forwarding")?.trim() === "1" ? "on" : "off" }],
  ];
}

function settingsSeen(scope: Scope, facts: Facts): Part {
  const [localnet, disabled] = settings(scope).map((name) => text(facts, name)?.trim());
  const { lease, project } = scope;
  const hasRoute = lease?.loopback && isLoopback(text(facts, routesFact) ?? "", projectNetwork(project).bridge);
  return {
    route_localnet: localnet === "1" ? "on" : "off",
    ...(lease?.gateways.some((gateway) => gateway.includes(":")) ? { ipv6: disabled === "0" ? "on" : "off" } : {}),
    ...(hasRoute ? { loopback: "::1" } : {}),
  };
}

/** Whether the routes of /proc/net/ipv6_route have one of ::1 by an interface. */
function isLoopback(routes: string, bridge: string): boolean {
  return new RegExp(`^0{31}1 80 .* ${bridge}$`, "m").test(routes);
}

function evidenceOf({ project }: Scope, key: string, facts: Facts): string {
  const { bridge, table } = projectNetwork(project);
  if (key === "bridge") return `ip address show dev ${bridge}`;
  if (key === "rules") return `nft list table inet ${table}`;
  return `/proc/sys/net/ipv4/ip_forward: ${text(facts, "host/forwarding")?.trim() ?? "cannot be read"}`;
}

// ---- the end ----

/**
 * Takes away what an environment that ends has on the host; where nobody else is in the project's network, that too. Nothing where nothing is there. Interfaces
 * of lives that have ended are there as long as the kernel has not taken their networks apart: some time after the last process, and later where somebody holds one.
 */
export function leaveSteps(scope: Scope, facts: Facts, { remnants, ends }: HostLeft): readonly Step[] {
  const [own, earlier] = [hostLink(scope.id), remnants.map(({ id }) => hostLink(id)).filter((name) => isInterface(facts, name))];
  if (!ends) return earlier.length === 0 ? [] : [leaveStep(scope, { links: earlier, shared: false })];
  const ports = isMember(scope) ? portsLeftSteps(scope, facts) : [];
  const links = [own, ...earlier];
  const deserted = isDeserted(scope, facts, links);
  const left = deserted || links.some((name) => isInterface(facts, name));
  return left ? [...ports, leaveStep(scope, { links, shared: isMember(scope) || deserted })] : ports;
}

/** Takes away what an environment has in the project's network that is to be in it no more, but lives on; what is others', too, stays where there will be others. */
export function partingSteps(scope: Scope, facts: Facts, link: string | null): readonly Step[] {
  const shared = isMember(scope) && (scope.lease?.names.size ?? 0) === 0;
  const ports = isMember(scope) ? portsLeftSteps(scope, facts) : [];
  return shared || link !== null ? [...ports, leaveStep(scope, { links: link === null ? [] : [link], shared })] : ports;
}

/** Whether an interface of the host is called so. */
export function isInterface(facts: Facts, name: string): boolean {
  return new RegExp(`^ *${name}:`, "m").test(text(facts, "host/net/dev") ?? "");
}

/** Whether something of the project's network is there, and nobody else in it; `own`: interfaces that count for nobody. */
export function isDeserted(scope: Scope, facts: Facts, own: readonly string[]): boolean {
  const { bridge, table } = projectNetwork(scope.project);
  if (!isMember(scope)) {
    const linked = [...(text(facts, "host/net/dev") ?? "").matchAll(/^ *(cl-[a-z2-7]{8}):/gm)];
    return isInterface(facts, bridge) && linked.every(([, name = ""]) => own.includes(name));
  }
  const links = [...parseLinks(text(facts, "machine/net/links") ?? "").values()];
  const found = links.find(({ name }) => name === bridge);
  const others = links.filter(({ master, name }) => found !== undefined && master === found.index && !own.includes(name));
  return others.length === 0 && (found !== undefined || tableIn(text(facts, "machine/rules"), table) !== null);
}
