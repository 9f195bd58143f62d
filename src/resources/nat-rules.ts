import type { ProjectNetwork } from "../model/network.ts";

/** What the addresses of a project's network are rewritten by, chain by chain, each line as nft lists it. */
export type Chains = ReadonlyMap<string, readonly string[]>;

/** The maps of a project's table from ports of the host to ports inside: of one address of the host, or of any. */
export const portMaps: Readonly<Record<string, string>> = {
  one4: "ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service",
  any4: "inet_proto . inet_service : ipv4_addr . inet_service",
  one6: "ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service",
  any6: "inet_proto . inet_service : ipv6_addr . inet_service",
};

/** The chains that a project's table is to have. */
export function wantedChains({ bridge }: Pick<ProjectNetwork, "bridge">, gateways: readonly string[]): Chains {
  const published = gateways.flatMap((gateway) => {
    const key = "meta l4proto . th dport";
    // An answer to ::1 cannot come in by another interface than lo: who asks there is refused at once, and takes 127.0.0.1.
    return gateway.includes(":")
      ? [
          `fib daddr type local dnat ip6 to ip6 daddr . ${key} map @one6`,
          `ip6 daddr != ::1 fib daddr type local dnat ip6 to ${key} map @any6`,
        ]
      : [`fib daddr type local dnat ip to ip daddr . ${key} map @one4`, `fib daddr type local dnat ip to ${key} map @any4`];
  });
  const leaving = gateways.flatMap((gateway) => {
    const range = rangeOf(gateway);
    const family = range.includes(":") ? "ip6" : "ip";
    return [
      `${family} saddr ${range} oifname != "${bridge}" masquerade`,
      ...(family === "ip" ? [`oifname "${bridge}" ip saddr 127.0.0.0/8 masquerade`] : []),
      `oifname "${bridge}" ${family} saddr ${range} ct status dnat masquerade`,
    ];
  });
  return new Map([
    // Answers to the host's loopback come in by the bridge under the bridge's address; by the loopback's nobody may come in.
    ["guard", ["type filter hook prerouting priority raw; policy accept;", `iifname "${bridge}" ip daddr 127.0.0.0/8 drop`]],
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
  ]);
}

/** `10.213.0.0/24` of `10.213.0.1/24`. */
function rangeOf(gateway: string): string {
  return gateway.replace(/\.1\/24$/, ".0/24").replace(/::1\/64$/, "::/64");
}

/** One table out of a listing of all; null where it is not among them. */
export function tableIn(listing: string | null, table: string): string | null {
  const begin = `table inet ${table} {\n`;
  const at = `\n${listing ?? ""}`.indexOf(`\n${begin}`);
  return at < 0 ? null : (/^[\s\S]*?^\}$/m.exec((listing ?? "").slice(at))?.[0] ?? null);
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
  const others = [...(have?.keys() ?? [])].filter((chain) => !want.has(chain));
  // A base chain of another kind can only be made anew.
  const reshaped = [...want]
    .filter(([chain, [hook]]) => have?.has(chain) === true && have.get(chain)?.[0] !== hook)
    .map(([chain]) => chain);
  const gone = [...others, ...reshaped].flatMap((chain) => [`add chain ${name} ${chain}`, `delete chain ${name} ${chain}`]);
  const made = [...want].flatMap(([chain, [hook = "", ...rules]]) => [
    `add chain ${name} ${chain} { ${hook} }`,
    `flush chain ${name} ${chain}`,
    ...rules.map((rule) => `add rule ${name} ${chain} ${rule}`),
  ]);
  const maps = Object.entries(portMaps).map(([map, type]) => `add map ${name} ${map} { type ${type}; }`);
  return [`add table ${name}`, ...maps, ...gone, ...made, ""].join("\n");
}
