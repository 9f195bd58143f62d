import { forwardingBlocked } from "../kernel/firewall.ts";
import { lately } from "../kernel/netlink.ts";
import { parseChains, parseRules } from "../kernel/nftables.ts";
import type { Problem } from "../model/diagnostic.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { ownTables, projectNetwork } from "../model/network.ts";
import type { Scope } from "../model/resource.ts";

const chainsFact: FactName = "machine/net/all-chains";
const rulesFact: FactName = "machine/net/all-rules";

// The same of the host for each environment.
const chainsIn = lately(parseChains);
const rulesIn = lately(parseRules);

/** What tells whether the host's own firewall lets through what is forwarded. */
export function firewallFacts({ environment }: Scope): readonly FactName[] {
  return environment?.network.mode === "nat" ? [chainsFact, rulesFact] : [];
}

/** That a firewall of the host keeps an environment of mode nat from what is behind the host. */
export function firewallWarnings({ environment, lease, name, project }: Scope, facts: Facts): readonly Problem[] {
  if (environment?.network.mode !== "nat") return [];
  const { bridge } = projectNetwork(project);
  const six = lease?.gateways.some((gateway) => gateway.includes(":")) === true;
  const families = ["inet", "ip", ...(six ? ["ip6"] : [])];
  const found = forwardingBlocked(
    { chains: chainsIn(text(facts, chainsFact) ?? ""), rules: () => rulesIn(text(facts, rulesFact) ?? "") },
    { bridge, families, own: ownTables },
  );
  if (found === null) return [];
  const message = `a firewall of this host drops what comes from ${bridge}, the bridge of network mode nat: ${found.where}`;
  return [{ code: "network/forwarding-blocked", severity: "warning", about: `${name}.network.mode`, message, hint: found.fix }];
}
