import type { NetAddress, NetLink, NetRoute } from "../kernel/netlink.ts";
import { parseAddresses, parseLinks, parseRoutes } from "../kernel/netlink.ts";
import type { Network } from "../model/environment.ts";
import type { Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { hostLink } from "../model/network.ts";
import type { Scope } from "../model/resource.ts";
import { insideLink } from "./nat-steps.ts";
import type { Part } from "./part.ts";
import { listed } from "./part.ts";
import { uplinkSeen } from "./uplink.ts";

/** An interface of the host by its name, with the facts of the machine's links; undefined: there is none. */
export function hostInterface(facts: Facts, name: string | undefined): NetLink | undefined {
  return [...parseLinks(text(facts, "machine/net/links") ?? "").values()].find((link) => link.name === name);
}

/** Whether an interface is up, and its addresses but for those that the kernel makes for the link alone. */
export function linkPart({ index, up }: NetLink, addresses: readonly NetAddress[]): Part {
  const own = addresses.filter((one) => one.index === index && !one.linkLocal);
  return { state: up ? "up" : "down", addresses: listed(own.map(({ address }) => address)) };
}

/** Whether eth0 is to have one MTU for good: that of a bridge of the host follows from those of its ports, which ours is one of. */
export function isMtuDecided({ mode, mtu }: Network): boolean {
  return mode !== "bridge" || mtu !== undefined;
}

/** eth0 as it is, with as much of it as is declared for this network; null where there is none. */
export function insideSeen(scope: Scope, facts: Facts, network: Network): Part | null {
  const { mode, mac_address, mtu } = network;
  const links = parseLinks(text(facts, "keeper/net/links") ?? "");
  const found = [...links.values()].find(({ name }) => name === insideLink);
  if (found === undefined) return null;
  // In a network of others their routers announce addresses and routes.
  const isOurs = ({ learned }: { readonly learned: boolean }) => mode === "nat" || !learned;
  const routes = parseRoutes(text(facts, "keeper/net/routes") ?? "").filter(isOurs);
  return {
    ...linkPart(found, parseAddresses(text(facts, "keeper/net/addresses") ?? "").filter(isOurs)),
    routes: listed(routes.map((route) => routeLine(route, route.index === found.index ? undefined : links.get(route.index)?.name))),
    ...(isMtuDecided(network) ? { mtu: String(found.mtu) } : {}),
    ...(mac_address === undefined ? {} : { mac_address: found.macAddress }),
    ...endSeen(found, facts, { scope, mtu: isMtuDecided(network) ? (mtu ?? found.mtu) : null }),
  };
}

/** A route as `ip route del` takes it, with what is said of it beyond the usual. */
function routeLine({ destination, via, metric, protocol }: NetRoute, device: string | undefined): string {
  const words = { via, dev: device, metric, proto: protocol };
  return [destination, ...Object.entries(words).flatMap(([word, value]) => (value == null ? [] : `${word} ${value}`))].join(" ");
}

/** Where the other end of eth0 is. */
function endSeen({ kind, lower }: NetLink, facts: Facts, { scope, mtu }: { readonly scope: Scope; readonly mtu: number | null }): Part {
  const around = parseLinks(text(facts, "machine/net/links") ?? "");
  if (kind === "tun") return uplinkSeen(scope, facts);
  if (kind === "macvlan") return { parent: around.get(lower ?? 0)?.name ?? "nothing" };
  const end = [...around.values()].find(({ name }) => name === hostLink(scope.id));
  if (end === undefined) return { host_end: "nothing" };
  const master = end.master === null ? "no bridge" : (around.get(end.master)?.name ?? `interface ${end.master}`);
  return { host_end: `${end.up ? "up" : "down"} in ${master}${mtu === null || end.mtu === mtu ? "" : `, mtu ${end.mtu}`}` };
}
