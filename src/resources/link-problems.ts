import type { Problem } from "../model/diagnostic.ts";
import type { Network } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { isLinked } from "../model/network.ts";
import type { Scope } from "../model/resource.ts";
import { hostInterface } from "./link-seen.ts";
import { uplinkPrograms } from "./uplink.ts";

/** Whether the programs are here that a network takes. */
export function linkTools({ environment }: Scope): readonly FactName[] {
  return needed(environment?.network).map(({ name }): FactName => `tool/${name}`);
}

const ip = { name: "ip", package: "iproute2" };

const nft = { name: "nft", package: "nftables" };

/** The programs that a network takes, but for what is behind eth0. */
function needed(network: Network | undefined): readonly (typeof ip)[] {
  if (network === undefined || !isLinked(network.mode)) return [];
  const filtered = network.mode === "nat" || network.mode === "user" || network.egress !== undefined || network.ingress !== undefined;
  return [ip, ...(filtered ? [nft] : [])];
}

/** The programs that it takes, and the interface of the host, where they are not here. */
export function linkProblems({ environment, name }: Scope, facts: Facts): readonly Problem[] {
  const { network } = environment ?? {};
  if (network === undefined) return [];
  const isHere = (tool: string) => text(facts, `tool/${tool}`) !== null;
  const tools = needed(network)
    .filter((tool) => !isHere(tool.name))
    .map((tool) => ({
      message: `${tool.name} is not installed, and network mode ${network.mode} needs it`,
      hint: `apt-get install ${tool.package}`,
    }));
  const about = `${name}.network.mode`;
  const ways = network.mode === "user" && !uplinkPrograms.some(isHere) ? [wayless] : [];
  const fault = faultOf(network, facts);
  return [
    ...[...tools, ...ways].map(
      ({ message, hint }): Problem => ({ code: "host/missing-tool", severity: "error", about, message: `${name}: ${message}`, hint }),
    ),
    ...(fault === null
      ? []
      : [{ code: "network/not-there", severity: "error", about, message: `${name}.network.${fault.message}`, hint: fault.hint } as const]),
  ];
}

const wayless = {
  message: `${uplinkPrograms.join(" and ")} are not installed, and network mode user needs one of them`,
  hint: "apt-get install passt (or slirp4netns, which publishes no port by IPv6)",
};

function faultOf({ mode, bridge, parent }: Network, facts: Facts): { readonly message: string; readonly hint: string } | null {
  if (mode !== "bridge" && mode !== "macvlan") return null;
  const found = hostInterface(facts, bridge ?? parent);
  if (mode === "bridge") {
    if (found?.kind === "bridge") return null;
    const message = `bridge: the host has no ${found === undefined ? "interface" : "bridge"} ${bridge}`;
    return { message, hint: `make it (ip link add ${bridge} type bridge), or name one that ip link show type bridge lists` };
  }
  const hint = "name an interface that ip link shows without a master";
  if (found === undefined) return { message: `parent: the host has no interface ${parent}`, hint };
  if (found.name === "lo") return { message: "parent: lo has no network behind it", hint };
  if (found.master === null) return null;
  return { message: `parent: ${parent} is in a bridge, which has it for itself`, hint: `take mode: bridge with that bridge, or ${hint}` };
}
