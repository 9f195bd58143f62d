import type { ProjectNetwork } from "../model/network.ts";
import type { Lease } from "../model/resource.ts";

/** What the addresses of a project's network are rewritten by, chain by chain, each line as nft lists it. */
export type Chains = ReadonlyMap<string, readonly string[]>;

/** What the name of a chain begins with that is in the project's table of the family netdev. */
const ingress = "netdev/";

/** The maps of a project's table from ports of the host to ports inside: of one address of the host, or of any. */
export const portMaps: Readonly<Record<string, string>> = {
  one4: "ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service",
  any4: "inet_proto . inet_service : ipv4_addr . inet_service",
  one6: "ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service",
  any6: "inet_proto . inet_service : ipv6_addr . inet_service",
};

/** The chains that a project's table is to have. */
export function wantedChains(
  { bridge }: Pick<ProjectNetwork, "bridge">,
  { gateways, loopback }: Pick<Lease, "gateways" | "loopback">,
): Chains {
  const published = gateways.flatMap((gateway) => {
    const key = "meta l4proto . th dport";
    return gateway.includes(":")
      ? [`fib daddr type local dnat ip6 to ip6 daddr . ${key} map @one6`, `fib daddr type local dnat ip6 to ${key} map @any6`]
      : [`fib daddr type local dnat ip to ip daddr . ${key} map @one4`, `fib daddr type local dnat ip to ${key} map @any4`];
  });
  const leaving = gateways.flatMap((gateway) => {
    const range = rangeOf(gateway);
    const family = range.includes(":") ? "ip6" : "ip";
    return [
      `${family} saddr ${range} oifname != "${bridge}" masquerade`,
      `oifname "${bridge}" ${family} saddr ${family === "ip" ? "127.0.0.0/8" : "::1"} masquerade`,
      `oifname "${bridge}" ${family} saddr ${range} ct status dnat masquerade`,
    ];
  });
  const six = loopback === undefined ? undefined : gateways.map(rangeOf).find((range) => range.includes(":"));
  return new Map([
    // Answers to the host's loopback come in by the bridge under the bridge's address; by the loopback's nobody may come in.
    [
      "guard",
      [
        "type filter hook prerouting priority raw; policy accept;",
        `iifname "${bridge}" ip daddr 127.0.0.0/8 drop`,
        ...(six === undefined ? [] : [`iifname "${bridge}" ip6 daddr ::1 drop`, `iifname "lo" ip6 saddr ${six} ip6 daddr ::1 drop`]),
      ],
    ],
    // Another project gets in by what is published, and is answered.
    [
      "projects",
      [
        "type filter hook forward priority filter; policy accept;",
        `iifname "clb-*" iifname != "${bridge}" oifname "${bridge}" ct direction original ct status ! dnat drop`,
      ],
    ],
    ["prerouting", ["type nat hook prerouting priority dstnat; policy accept;", ...published]],
    ["output", ["type nat hook output priority -100; policy accept;", ...published]],
    ["postrouting", ["type nat hook postrouting priority srcnat; policy accept;", ...leaving]],
    // With br_netfilter an answer is translated in the bridge already, before the kernel asks whether what is for ::1 came by lo: so it does. What comes for
    // ::1 untranslated is dropped in `guard`: there by the bridge, here, where there is no br_netfilter, by lo.
    ...(six === undefined
      ? []
      : [
          [
            `${ingress}loopback`,
            [
              `type filter hook ingress device "${bridge}" priority filter; policy accept;`,
              `ip6 saddr ${six} ip6 daddr ::1 ether daddr set 00:00:00:00:00:00 fwd to "lo"`,
            ],
          ] as const,
        ]),
  ]);
}

/** `10.213.0.0/24` of `10.213.0.1/24`. */
function rangeOf(gateway: string): string {
  return gateway.replace(/\.1\/24$/, ".0/24").replace(/::1\/64$/, "::/64");
}

/** One table out of a listing of all; null where it is not among them. */
export function tableIn(listing: string | null, table: string, family: "inet" | "netdev" = "inet"): string | null {
  const begin = `table ${family} ${table} {\n`;
  const at = `\n${listing ?? ""}`.indexOf(`\n${begin}`);
  return at < 0 ? null : (/^[\s\S]*?^\}$/m.exec((listing ?? "").slice(at))?.[0] ?? null);
}

/** The chains of a project's tables out of a listing of all; null where it has none of the family inet. */
export function chainsIn(listing: string | null, table: string): Chains | null {
  const own = listedChains(tableIn(listing, table));
  const early = [...(listedChains(tableIn(listing, table, "netdev")) ?? [])].map(
    ([chain, lines]) => [`${ingress}${chain}`, lines] as const,
  );
  return own === null ? null : new Map([...own, ...early]);
}

/** The chains of a table as nft lists it; null where there is no table. */
export function listedChains(listing: string | null): Chains | null {
  if (listing === null) return null;
  const chains = new Map<string, readonly string[]>();
  for (const [, name = "", body = ""] of listing.matchAll(/^\tchain (\S+) \{\n([\s\S]*?)^\t\}$/gm)) {
    const lines = body.split("\n").map((line) => line.trim());
    chains.set(
      name,
      lines.filter((line) => line !== ""),
    );
  }
  return chains;
}

/** One transaction that makes the chains of a table what they are to be, whatever is there of them. What else is in it stays. */
export function chainsText(table: string, want: Chains, have: Chains | null): string {
  const name = `inet ${table}`;
  const placed = (chain: string) => (chain.startsWith(ingress) ? `netdev ${table} ${chain.slice(ingress.length)}` : `${name} ${chain}`);
  const early = [...want.keys(), ...(have?.keys() ?? [])].some((chain) => chain.startsWith(ingress)) ? [`add table netdev ${table}`] : [];
  const others = [...(have?.keys() ?? [])].filter((chain) => !want.has(chain));
  // A base chain of another kind can only be made anew.
  const reshaped = [...want]
    .filter(([chain, [hook]]) => have?.has(chain) === true && have.get(chain)?.[0] !== hook)
    .map(([chain]) => chain);
  const gone = [...others, ...reshaped].flatMap((chain) => [`add chain ${placed(chain)}`, `delete chain ${placed(chain)}`]);
  const made = [...want].flatMap(([chain, [hook = "", ...rules]]) => [
    `add chain ${placed(chain)} { ${hook} }`,
    `flush chain ${placed(chain)}`,
    ...rules.map((rule) => `add rule ${placed(chain)} ${rule}`),
  ]);
  const maps = Object.entries(portMaps).map(([map, type]) => `add map ${name} ${map} { type ${type}; }`);
  return [`add table ${name}`, ...early, ...maps, ...gone, ...made, ""].join("\n");
}
