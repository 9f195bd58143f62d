import type { ProjectNetwork } from "../model/network.ts";

/** What the addresses of a project's network are rewritten by, chain by chain, each line as nft lists it. */
export type Chains = ReadonlyMap<string, readonly string[]>;

/** The chains that a project's table is to have. */
export function wantedChains({ bridge }: Pick<ProjectNetwork, "bridge">, gateways: readonly string[]): Chains {
  const leaving = gateways.map((gateway) => {
    const range = rangeOf(gateway);
    return `${range.includes(":") ? "ip6" : "ip"} saddr ${range} oifname != "${bridge}" masquerade`;
  });
  return new Map([["postrouting", ["type nat hook postrouting priority srcnat; policy accept;", ...leaving]]]);
}

/** `10.213.0.0/24` of `10.213.0.1/24`. */
function rangeOf(gateway: string): string {
  return gateway.replace(/\.1\/24$/, ".0/24").replace(/::1\/64$/, "::/64");
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
  const reshaped = [...want].filter(([chain, [hook]]) => have?.has(chain) === true && have.get(chain)?.[0] !== hook).map(([chain]) => chain);
  const gone = [...others, ...reshaped].flatMap((chain) => [`add chain ${name} ${chain}`, `delete chain ${name} ${chain}`]);
  const made = [...want].flatMap(([chain, [hook = "", ...rules]]) => [
    `add chain ${name} ${chain} { ${hook} }`,
    `flush chain ${name} ${chain}`,
    ...rules.map((rule) => `add rule ${name} ${chain} ${rule}`),
  ]);
  return [`add table ${name}`, ...gone, ...made, ""].join("\n");
}
