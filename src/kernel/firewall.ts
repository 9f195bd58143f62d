import type { NftChain, NftRule } from "./nftables.ts";
import { metaKeys } from "./nftables.ts";

/** What on this host drops packets that it forwards. */
export interface Blocking {
  /** As nft names it: `table ip filter, chain FORWARD (policy drop)`. */
  readonly where: string;
  /** Commands that let those of a bridge through. */
  readonly fix: string;
}

/**
 * Where a firewall of the host drops what is forwarded from and to a bridge: a chain at the hook forward whose policy is drop, or which ends by dropping whatever has come so
 * far, and no rule of whose table lets the bridge's packets through or leads them elsewhere. Null: none does. From dumps of all chains and rules (nf_tables,
 * with those of iptables-nft, ufw and firewalld); rules, of which there may be thousands, are read only where somebody has such a chain. `own`: what the names of our tables begin with; a name that ends with `*` is any bridge's of that beginning.
 */
export function forwardingBlocked(
  { chains, rules }: { readonly chains: readonly NftChain[]; readonly rules: () => readonly NftRule[] },
  { bridge, families, own }: { readonly bridge: string; readonly families: readonly string[]; readonly own: string },
): Blocking | null {
  for (const chain of chains) {
    if (!/ hook forward /.test(chain.hook) || !families.includes(chain.family) || chain.table.startsWith(own)) continue;
    const inTable = rules().filter(({ family, table }) => family === chain.family && table === chain.table);
    const inChain = inTable.filter((rule) => rule.chain === chain.name).map(({ line }) => line);
    const decided = inChain.map(unasked).find((verdict) => verdict !== null) ?? null;
    const end = decided ?? (chain.hook.endsWith("policy drop") ? "policy drop" : null);
    if (end === null || end === "accept" || inTable.some(({ line }) => isAbout(line, bridge))) continue;
    const where = `table ${chain.family} ${chain.table}, chain ${chain.name} (${end})`;
    return { where, fix: fixOf(chain, chains, bridge) };
  }
  return null;
}

/** What a rule does with whatever comes to it; null: it asks something, or only counts or jumps. */
function unasked(line: string): "accept" | "drop" | "reject" | null {
  const words = line.split("; ").filter((word) => word !== "counter");
  const [word = ""] = words;
  if (words.length !== 1) return null;
  if (word === "accept" || word === "drop") return word;
  // The second is iptables' own REJECT, by its name.
  return word.startsWith("reject ") || /^target [0-9a-f]*52454a454354/.test(word) ? "reject" : null;
}

const names = new RegExp(`(?:^|; )meta(?:${metaKeys.iifname}|${metaKeys.oifname}) == ([0-9a-f]+)`, "g");

/** Whether a rule that does more than to drop is about an interface of that name. */
function isAbout(line: string, bridge: string): boolean {
  if (/(?:^|; )(?:drop|reject \d+ \d+)$/.test(line)) return false;
  const beginning = bridge.replace(/\*$/, "");
  return [...line.matchAll(names)].some(([, digits = ""]) => {
    const [name = "", ended] = Buffer.from(digits, "hex").toString("latin1").split("\0");
    if (name === "") return false;
    // Without an end it is a beginning: `clb-*`.
    return ended === undefined ? bridge.startsWith(name) : name === bridge || (beginning !== bridge && name.startsWith(beginning));
  });
}

function fixOf({ family, table, name }: NftChain, chains: readonly NftChain[], bridge: string): string {
  const has = (pattern: RegExp) => chains.some((chain) => chain.table === table && pattern.test(chain.name));
  // These two are told of one interface at a time.
  const one = bridge.endsWith("*") ? "BRIDGE" : bridge;
  if (table === "firewalld") return `firewall-cmd --permanent --zone=trusted --add-interface=${one} && firewall-cmd --reload`;
  if (has(/^ufw6?-/)) return `ufw route allow in on ${one} && ufw route allow out on ${one}`;
  if (table === "filter" && name === "FORWARD") {
    const command = `${family === "ip6" ? "ip6tables" : "iptables"} -I ${has(/^DOCKER-USER$/) ? "DOCKER-USER" : "FORWARD"}`;
    const any = bridge.replace(/\*$/, "+");
    return `${command} -i ${any} -j ACCEPT && ${command} -o ${any} -j ACCEPT`;
  }
  const insert = `nft insert rule ${family} ${table} ${name}`;
  return `${insert} iifname '"${bridge}"' accept && ${insert} oifname '"${bridge}"' accept`;
}
