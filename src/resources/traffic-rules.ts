import { bytesOfAddress } from "../kernel/netlink.ts";
import { metaKeys } from "../kernel/nftables.ts";
import type { Environment, Peer, Traffic } from "../model/environment.ts";
import type { Lease } from "../model/resource.ts";

/** Which way connections are made, seen from inside. */
export type Direction = "egress" | "ingress";

/** A rule as it is wanted: what nft is told, how the kernel then shows it (src/kernel/nftables.ts), and what it is called. */
export interface WantedRule {
  readonly nft: string;
  readonly line: string;
  readonly comment: string | null;
  /** A name that is looked up when the rule is made: one rule for each of its addresses. Both forms then lack what stands before and behind the address. */
  readonly name?: string;
}

/** One side of a direction: the chain's hook, the interface, the header's field. */
interface Side {
  readonly hook: string;
  readonly iif: "iif" | "oif";
  readonly field: "saddr" | "daddr";
  readonly offsets: Readonly<Record<4 | 6, number>>;
  /** Types of ICMPv6 without which no address finds its neighbours: what the kernel itself asks and answers, and which groups it is in. */
  readonly icmp6: readonly number[];
}

/** Where each direction hooks in, and by which interface and address its peers are told. */
export const sides: Readonly<Record<Direction, Side>> = {
  egress: { hook: "output", iif: "oif", field: "daddr", offsets: { 4: 16, 6: 24 }, icmp6: [133, 135, 136, 143] },
  ingress: { hook: "input", iif: "iif", field: "saddr", offsets: { 4: 12, 6: 8 }, icmp6: [130, 135, 136] },
};

/** The hook of a chain, as the kernel shows it: what nobody allowed is refused even where a rule is missing. */
export function hookOf(direction: Direction, { allow }: Traffic): string {
  return `type filter hook ${sides[direction].hook} priority 0; policy ${allow === null ? "accept" : "drop"}`;
}

/** The rules of a chain, in their order. */
export function wantedRules(direction: Direction, traffic: Traffic, around: Around): readonly WantedRule[] {
  const rules = (peers: readonly Peer[], verdict: Verdict) => peers.flatMap((peer) => rulesOf(direction, { peer, verdict, around }));
  return [
    { nft: `${sides[direction].iif} lo accept`, line: `meta${metaKeys[sides[direction].iif]} == 01000000; accept`, comment: null },
    // What was let through once stays: of a connection only its first packet is asked about.
    { nft: "ct state established,related accept", line: "ct0&06000000 != 00000000; accept", comment: null },
    ...sides[direction].icmp6.map((type) => ({
      nft: `icmpv6 type ${type} accept`,
      line: `meta${metaKeys.nfproto} == 0a; meta${metaKeys.l4proto} == 3a; transport+0/1 == ${type.toString(16)}; accept`,
      comment: null,
    })),
    ...rules(traffic.deny, refuse),
    ...(traffic.allow === null ? [] : [...rules(traffic.allow, accept), { nft: refuse.nft, line: refuse.line, comment: refused }]),
  ];
}

/** What the rule is called that refuses whatever nobody allowed. */
export const refused = "all others";

/** What names stand for. */
export interface Around {
  readonly dns: Environment["dns"];
  readonly lease: Pick<Lease, "gateways" | "names">;
}

interface Verdict {
  readonly nft: string;
  readonly line: string;
}

const accept: Verdict = { nft: "counter accept", line: "counter; accept" };
// Whoever asks is told at once (NFT_REJECT_ICMPX_UNREACH, ADMIN_PROHIBITED).
const refuse: Verdict = { nft: "counter reject with icmpx admin-prohibited", line: "counter; reject 2 3" };

interface Ruling {
  readonly peer: Peer;
  readonly verdict: Verdict;
  readonly around: Around;
}

function rulesOf(direction: Direction, { peer, verdict, around }: Ruling): readonly WantedRule[] {
  const { to, text } = peer;
  const from = to === "dns" ? serversOf(around.dns) : addressesOf(to, around.lease);
  const asked = to === "dns" ? (["udp", "tcp"] as const).map((protocol) => portOf({ ports: [53, 53], protocol })) : [portOf(peer)];
  return asked.flatMap((port): readonly WantedRule[] => {
    const rest = { nft: joined(" ", port.nft, verdict.nft), line: joined("; ", port.line, verdict.line) };
    if (from === null) return [{ ...rest, comment: text, name: to }];
    return from.map((prefix) => {
      const one = prefix === "*" ? { nft: "", line: "" } : addressOf(direction, prefix);
      return { nft: joined(" ", one.nft, rest.nft), line: joined("; ", one.line, rest.line), comment: text };
    });
  });
}

function joined(separator: string, ...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(separator);
}

/** The prefixes that a word stands for, `*` for any; null: a name that only the host's resolver knows. */
function addressesOf(to: string, { gateways, names }: Around["lease"]): readonly string[] | null {
  if (to === "*") return ["*"];
  if (to === "host") return gateways.map((gateway) => gateway.replace(/\/\d+$/, ""));
  if (/^[\d.]+(\/\d+)?$/.test(to) || to.includes(":")) return [to];
  return names.get(to) ?? null;
}

/** The name servers that /etc/resolv.conf names, as far as it is ours. */
function serversOf(dns: Environment["dns"]): readonly string[] {
  if (dns === "none") return ["*"];
  if (!("host" in dns)) return dns;
  return [...dns.host.matchAll(/^nameserver[ \t]+([0-9A-Fa-f:.]+)/gm)].map(([, address = ""]) => address);
}

/** One prefix, by either family. */
export function addressOf(direction: Direction, prefix: string): { readonly nft: string; readonly line: string } {
  const [address = "", written] = prefix.split("/");
  const bytes = bytesOfAddress(address);
  const [family, proto] = bytes.length === 4 ? ([4, "02"] as const) : ([6, "0a"] as const);
  const length = Number(written ?? bytes.length * 8);
  const { field, offsets } = sides[direction];
  const start = { nft: `meta nfproto ipv${family}`, line: `meta${metaKeys.nfproto} == ${proto}` };
  if (length === 0) return start;
  const counting = Math.ceil(length / 8);
  const mask = bytes.slice(0, counting).map((_, index) => 0xff & ~(0xff >> Math.min(8, length - index * 8)));
  const masked = mask.every((byte) => byte === 0xff) ? "" : `&${hex(mask)}`;
  const value = hex(mask.map((byte, index) => byte & (bytes[index] ?? 0)));
  return {
    nft: `${start.nft} ${family === 4 ? "ip" : "ip6"} ${field} ${prefix}`,
    line: `${start.line}; network+${offsets[family]}/${counting}${masked} == ${value}`,
  };
}

function portOf({ ports, protocol }: Pick<Peer, "ports" | "protocol">): { readonly nft: string; readonly line: string } {
  if (ports === null) return { nft: "", line: "" };
  const [first, last] = ports;
  const load = "transport+2/2";
  const asked = first === last ? `${load} == ${hex16(first)}` : `${load} >= ${hex16(first)}; ${load} <= ${hex16(last)}`;
  return {
    nft: `${protocol} dport ${first === last ? first : `${first}-${last}`}`,
    line: `meta${metaKeys.l4proto} == ${protocol === "udp" ? "11" : "06"}; ${asked}`,
  };
}

function hex16(number: number): string {
  return number.toString(16).padStart(4, "0");
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
