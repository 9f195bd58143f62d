import { canonicalAddress, canonicalPrefix } from "../kernel/netlink.ts";
import type { Environment, Network } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { hardwareAddress, hostLink, isLinked, projectNetwork, userAddress, userGateway, userSix } from "../model/network.ts";
import type { Lease, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress } from "./keeper.ts";
import { linkTools } from "./link-problems.ts";
import { hostInterface, insideSeen, isMtuDecided } from "./link-seen.ts";
import { isDeserted, isInterface, partingSteps } from "./nat.ts";
import {
  addressLine,
  announcingStep,
  clearingSteps,
  hostEndStep,
  insideLink,
  insideStep,
  isSix,
  linkStep,
  macvlanStep,
  sixStep,
  unlinkStep,
} from "./nat-steps.ts";
import type { Part } from "./part.ts";
import { compareParts, describePart, extraIn, linesOf, listed } from "./part.ts";
import {
  uplinkEndSteps,
  uplinkFact,
  uplinkFacts,
  uplinkPortSteps,
  uplinkProgram,
  uplinkSeen,
  uplinkSix,
  uplinkStep,
  uplinksIn,
  uplinkWanted,
} from "./uplink.ts";

/** The environment's own interface, with its addresses and routes, and where its other end is. */
export const link: Resource<Part> = {
  name: "link",
  stage: "assembly",
  decidedBy: ["network"],
  path: (key) => `network.${key}`,
  facts(scope) {
    const here: readonly FactName[] = ["host/net/dev"];
    return isSeen(scope)
      ? [...uplinkFacts(scope), ...here, ...kinds.map((kind) => `keeper/net/${kind}`), "machine/net/links", ...linkTools(scope)]
      : [uplinkFact, ...here];
  },
  want(scope, facts) {
    const wanted = wantedLink(scope, facts);
    return new Map(wanted === null ? [] : [[insideLink, partOf(wanted, scope.environment, facts)]]);
  },
  have(scope, facts) {
    const mode = scope.environment?.network.mode ?? "none";
    const found = isLinked(mode) ? linkFound(scope, facts) : leftSeen(scope, facts);
    return new Map(found === null ? [] : [[insideLink, found]]);
  },
  needs: ({ name, environment }) => [namespacesAddress(name), ...(environment?.network.mode === "nat" ? [`${name}.network.bridge`] : [])],
  compare: compareParts,
  seen: ({ scope, field }) =>
    field === "published" ? "ss -Hltunp" : `nsenter -t ${scope.keeper?.pid ?? "PID"} -n ip address show dev ${insideLink}`,
  describe: describePart,
  create: ({ scope, facts }) => linkSteps(scope, facts, null),
  update({ scope, have, facts }) {
    const steps = linkSteps(scope, facts, have);
    return scope.environment?.network.mode === "user" && isReplaced(scope, facts, have) ? { steps, gap: "connections" } : steps;
  },
  remove({ scope, have, facts }) {
    if (have.uplink !== undefined && have.uplink !== "nothing") return uplinkEndSteps(facts);
    return have.parent === undefined && have.uplink === undefined ? partingSteps(scope, facts, hostLink(scope.id)) : [unlinkStep(scope)];
  },
};

const kinds = ["links", "addresses", "routes"] as const;

/** Whether there is, or was when it was last applied, an interface of ours inside. */
function isSeen({ environment, last }: Scope): boolean {
  return [environment, last].some((one) => isLinked(one?.network.mode ?? "none"));
}

// ---- what it is to be ----

interface WantedLink {
  readonly addresses: readonly string[];
  readonly routes: readonly string[];
  readonly mtu: number;
  /** The bridge that its other end is in; null: there is none. */
  readonly bridge: string | null;
  /** What a macvlan lies on; "": it is none. */
  readonly parent: string;
}

function wantedLink({ environment, lease, project }: Scope, facts: Facts): WantedLink | null {
  const network = environment?.network;
  if (environment === null || network === undefined || !isLinked(network.mode)) return null;
  if (network.mode === "nat") {
    if (lease === undefined) return null;
    const routes = natRoutes(network, lease);
    return { addresses: lease.addresses, routes, mtu: network.mtu ?? ethernet, bridge: projectNetwork(project).bridge, parent: "" };
  }
  if (network.mode === "user") {
    const six = uplinkSix(environment, facts) === null ? [] : [userSix];
    const routes = [userGateway, ...six.map(({ gateway }) => gateway)].map((via) => `default via ${via}`);
    return {
      addresses: [userAddress, ...six.map(({ address }) => address)],
      routes,
      mtu: network.mtu ?? mostOfUser,
      bridge: null,
      parent: "",
    };
  }
  const { address, bridge = null, parent = "", mtu } = network;
  return {
    addresses: address === undefined ? [] : [canonical(address)],
    routes: declaredRoutes(network, new Map()).map(({ to, via }) => `${to} via ${via}`),
    mtu: mtu ?? hostInterface(facts, bridge ?? parent)?.mtu ?? ethernet,
    bridge,
    parent,
  };
}

/** The MTU of Ethernet. */
const ethernet = 1500;

/** Nothing but pasta sees these packets, and each costs it a system call: as long as they can be. */
const mostOfUser = 65_520;

function canonical(address: string): string {
  const [own = "", length] = address.split("/");
  return `${canonicalAddress(own)}/${length}`;
}

function partOf({ addresses, routes, mtu, bridge, parent }: WantedLink, environment: Environment, facts: Facts): Part {
  const { network } = environment;
  const { mac_address } = network;
  return {
    state: "up",
    addresses: listed(addresses),
    routes: listed(routes),
    ...(isMtuDecided(network) ? { mtu: String(mtu) } : {}),
    ...(mac_address === undefined ? {} : { mac_address }),
    ...(network.mode === "user" ? uplinkWanted(environment, facts) : bridge === null ? { parent } : { host_end: `up in ${bridge}` }),
  };
}

interface Hop {
  readonly to: string;
  readonly via: string;
}

/** As parseRoutes has them: what is declared, and the ways out of the families of which none is. */
function natRoutes(network: Network, { addresses, gateways, names }: Lease): readonly string[] {
  const declared = declaredRoutes(network, names);
  const hasSix = addresses.some(isSix);
  const ways = gateways
    .filter((gateway) => hasSix || !isSix(gateway))
    .map((gateway): Hop => ({ to: "default", via: gateway.replace(/\/\d+$/, "") }));
  const others = ways.filter(({ via }) => !declared.some((one) => one.to === "default" && one.via.includes(":") === via.includes(":")));
  return [...others, ...declared].map(({ to, via }) => `${to} via ${via}`);
}

function declaredRoutes({ routes = {} }: Network, names: Lease["names"]): readonly Hop[] {
  return Object.entries(routes).flatMap(([to, via]) => {
    const six = to === "default" ? null : to.includes(":");
    const hops = names.get(via) ?? [via];
    return hops
      .filter((hop) => six === null || hop.includes(":") === six)
      .map((hop): Hop => ({ to: canonicalPrefix(to), via: canonicalAddress(hop) }));
  });
}

// ---- how it becomes that ----

/** Whether eth0 is made anew: it is not there, or is of another kind. */
function isReplaced(scope: Scope, facts: Facts, have: Part | null): boolean {
  const wanted = wantedLink(scope, facts);
  if (have === null || wanted === null || have.host_end === "nothing") return true;
  const { environment } = scope;
  if (environment?.network.mode === "user") {
    const { uplink, published } = uplinkWanted(environment, facts);
    return have.uplink !== uplink || (have.published !== published && uplinkProgram(environment, facts) === "pasta");
  }
  return have.uplink !== undefined || (wanted.bridge === null ? have.parent !== wanted.parent : have.parent !== undefined);
}

function linkSteps(scope: Scope, facts: Facts, have: Part | null): readonly Step[] {
  const wanted = wantedLink(scope, facts);
  const { environment } = scope;
  if (wanted === null || environment === null) return [];
  const { addresses, routes, mtu, bridge, parent } = wanted;
  const anew = isReplaced(scope, facts, have);
  const { network } = environment;
  const { mac_address, mode } = network;
  const given = anew || isMtuDecided(network) ? mtu : null;
  const extra = anew ? [] : extraLines(have, wanted);
  // On a bridge of others the kernel's own choice stands: there may be the same project on another machine.
  const hardware = mac_address ?? (anew && mode === "nat" ? hardwareAddress(scope.project, scope.name) : undefined);
  const lines = [
    `link set dev ${insideLink}${given === null ? "" : ` mtu ${given}`}${hardware === undefined ? "" : ` address ${hardware}`} up`,
    ...addresses.map((one) => addressLine(one, insideLink)),
    ...routes.map((route) => `route replace ${route} dev ${insideLink}`),
  ];
  const made = () =>
    mode === "user"
      ? [uplinkStep(scope, environment, facts), insideStep(scope, lines)]
      : [bridge === null ? macvlanStep(scope, { parent, mtu }, lines) : linkStep(scope, { bridge, mtu }, lines)];
  const kept = bridge === null ? [] : [hostEndStep(scope, { bridge, mtu: given })];
  const announced = !anew && mac_address !== undefined && have?.mac_address !== mac_address ? [announcingStep(scope)] : [];
  // Whoever switches IPv6 off takes all its addresses away.
  const isOff = !anew && addresses.some(isSix) && !linesOf(have, "addresses").some(isSix);
  const parting = mode === "nat" ? [] : partingSteps(scope, facts, null);
  const changed = () => [
    ...kept,
    ...announced,
    ...clearingSteps(scope, extra),
    ...(isOff ? [sixStep(scope)] : []),
    insideStep(scope, lines),
    ...(mode === "user" ? uplinkPortSteps(scope, environment, { have, facts }) : []),
  ];
  return [...(anew ? [...uplinkEndSteps(facts), ...made()] : changed()), ...parting];
}

/** With an address the kernel takes away those that came later of the same prefix, and the routes by it: what is to go goes first. */
function extraLines(have: Part | null, { addresses, routes }: WantedLink): readonly string[] {
  return [
    ...extraIn(have, "routes", routes).map((route) => `route del ${route}`),
    ...extraIn(have, "addresses", addresses).map((one) => `address del ${one} dev ${insideLink}`),
  ];
}

// ---- what is there ----

/** eth0, and what is left of a project's network that it was the last in. */
function linkFound(scope: Scope, facts: Facts): Part | null {
  const network = scope.environment?.network ?? { mode: "none" };
  const found = insideSeen(scope, facts, network);
  const isLeft = network.mode !== "nat" && scope.lease?.names.size === 0 && isDeserted(scope, facts, [hostLink(scope.id)]);
  return found === null || !isLeft ? found : { ...found, left: projectNetwork(scope.project).bridge };
}

/** What an environment still has that is to have nothing of it any more. */
function leftSeen(scope: Scope, facts: Facts): Part | null {
  if (uplinksIn(facts).length > 0) return { uplink: uplinkSeen(scope, facts).uplink ?? "" };
  if (isInterface(facts, hostLink(scope.id))) return { host_end: hostLink(scope.id) };
  if (!isSeen(scope) || scope.environment?.namespaces.net !== "private") return null;
  const found = insideSeen(scope, facts, { mode: "none" });
  if (found?.uplink !== undefined) return { uplink: found.uplink };
  return found?.parent === undefined ? null : { parent: linesOf(found, "parent").join() };
}
