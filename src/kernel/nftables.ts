import { attributesOf, messages, textOf } from "./netlink.ts";

/** One base chain, or one that is only jumped to (then it has no hook). */
export interface NftChain {
  /** `ip`, `inet` ...; "" where it is none of those that we know. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** As nft writes it: `type filter hook output priority 0; policy drop`; "" where it hangs at no hook. */
  readonly hook: string;
}

/** One rule. */
export interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** What it asks and does, one thing after the other, in a form of ours: see `lineOf`. */
  readonly line: string;
  readonly comment: string | null;
  readonly packets: number;
  readonly bytes: number;
}

/** The chains of a dump (NFT_MSG_GETCHAIN, in hexadecimal). */
export function parseChains(hex: string): readonly NftChain[] {
  return messages(hex, headerLength).map(({ header, attributes }) => {
    const hook = new Map(attributesOf(attributes.get(4) ?? none));
    const number = big(hook.get(1));
    const policy = big(attributes.get(5)) === 1 ? "accept" : "drop";
    const where = `type ${textOf(attributes.get(7))} hook ${hooks[number] ?? number} priority ${signed(hook.get(2))}; policy ${policy}`;
    return {
      family: familyIn(header),
      table: textOf(attributes.get(1)),
      name: textOf(attributes.get(3)),
      hook: attributes.has(4) ? where : "",
    };
  });
}

/** The rules of a dump (NFT_MSG_GETRULE), in their order. */
export function parseRules(hex: string): readonly NftRule[] {
  return messages(hex, headerLength).map(({ header, attributes }) => {
    const expressions = attributesOf(attributes.get(4) ?? none).map(([, element]): Expression => {
      const parts = new Map(attributesOf(element));
      const bytes = parts.get(2) ?? none;
      return { name: textOf(parts.get(1)), bytes, data: new Map(attributesOf(bytes)) };
    });
    const counter = expressions.find(({ name }) => name === "counter")?.data;
    return {
      family: familyIn(header),
      table: textOf(attributes.get(1)),
      chain: textOf(attributes.get(2)),
      line: lineOf(expressions),
      comment: commentOf(attributes.get(7) ?? none),
      packets: big(counter?.get(2)),
      bytes: big(counter?.get(1)),
    };
  });
}

/** The length of nfgenmsg, and the families (NFPROTO_*) that its first byte tells. */
const headerLength = 4;
const families: Readonly<Record<number, string>> = { 1: "inet", 2: "ip", 5: "netdev", 7: "bridge", 10: "ip6" };
const familyIn = (header: DataView) => families[header.getUint8(0)] ?? "";
const hooks: readonly string[] = ["prerouting", "input", "forward", "output", "postrouting"];
const none = new Uint8Array();

/** NFT_META_IIF, NFT_META_OIF, NFT_META_IIFNAME, NFT_META_OIFNAME, NFT_META_NFPROTO, NFT_META_L4PROTO. */
export const metaKeys = { iif: 4, oif: 5, iifname: 6, oifname: 7, nfproto: 15, l4proto: 16 } as const;

interface Expression {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly data: ReadonlyMap<number, Uint8Array>;
}

/** What lies in the register: where from, and the bytes that count of it. */
interface Loaded {
  readonly from: string;
  readonly length: number | null;
  readonly mask: Uint8Array | null;
}

/**
 * A rule as a list of words: `LOAD OP VALUE` for what it asks, then what it does. The same question has one form, however nft compiled it: of a prefix only the
 * bytes that count, of an interval both of its ends. What is not known to us is its name and its bytes: it is like nothing that we want.
 */
function lineOf(expressions: readonly Expression[]): string {
  const words: string[] = [];
  let loaded: Loaded = { from: "nothing", length: null, mask: null };
  for (const expression of expressions) {
    const { name, data } = expression;
    switch (name) {
      case "meta":
        loaded = { from: `meta${big(data.get(2))}`, length: null, mask: null };
        break;
      case "ct":
        loaded = { from: `ct${big(data.get(2))}`, length: null, mask: null };
        break;
      case "payload":
        loaded = { from: `${bases[big(data.get(2))] ?? "?"}+${big(data.get(3))}`, length: big(data.get(4)), mask: null };
        break;
      case "bitwise":
        loaded = { ...loaded, mask: heldIn(data.get(4)) };
        break;
      case "cmp":
        words.push(asked(loaded, operators[big(data.get(2))] ?? "?", heldIn(data.get(3))));
        break;
      case "range":
        words.push(asked(loaded, ">=", heldIn(data.get(3))), asked(loaded, "<=", heldIn(data.get(4))));
        break;
      case "counter":
        words.push("counter");
        break;
      case "immediate":
        words.push(verdictOf(expression));
        break;
      case "reject":
        words.push(`reject ${big(data.get(1))} ${big(data.get(2))}`);
        break;
      default:
        words.push(`${name} ${hexOf(expression.bytes)}`);
    }
  }
  return words.join("; ");
}

/** NFT_PAYLOAD_NETWORK_HEADER and the others; NFT_CMP_EQ and the others. */
const bases: readonly string[] = ["link", "network", "transport"];
const operators: readonly string[] = ["==", "!=", "<", "<=", ">", ">="];

function asked({ from, length, mask }: Loaded, operator: string, value: Uint8Array): string {
  if (length === null) return `${from}${mask === null ? "" : `&${hexOf(mask)}`} ${operator} ${hexOf(value)}`;
  const counting = mask === null ? length : mask.findLastIndex((byte) => byte !== 0) + 1;
  const own = (mask ?? none).subarray(0, counting);
  const masked = own.every((byte) => byte === 0xff) ? "" : `&${hexOf(own)}`;
  return `${from}/${counting}${masked} ${operator} ${hexOf(value.subarray(0, counting))}`;
}

function verdictOf({ data }: Expression): string {
  const verdict = new Map(attributesOf(new Map(attributesOf(data.get(2) ?? none)).get(2) ?? none));
  const code = signed(verdict.get(1));
  const chain = verdict.get(2);
  return `${verdicts[code] ?? `verdict ${code}`}${chain === undefined ? "" : ` ${textOf(chain)}`}`;
}

const verdicts: Readonly<Record<number, string>> = { 0: "drop", 1: "accept" };

/** What nft keeps beside a rule: a byte of type (0: the comment), a byte of length, the text. */
function commentOf(userdata: Uint8Array): string | null {
  for (let at = 0; at + 2 <= userdata.length; at += 2 + (userdata[at + 1] ?? 0)) {
    if (userdata[at] === 0) return textOf(userdata.subarray(at + 2, at + 2 + (userdata[at + 1] ?? 0)));
  }
  return null;
}

function heldIn(data: Uint8Array | undefined): Uint8Array {
  return new Map(attributesOf(data ?? none)).get(1) ?? none;
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Numbers of nfnetlink are big-endian, of as many bytes as they have. */
function big(bytes: Uint8Array | undefined): number {
  return [...(bytes ?? none)].reduce((number, byte) => number * 256 + byte, 0);
}

function signed(bytes: Uint8Array | undefined): number {
  return big(bytes) | 0;
}

/** The address that a line of `parseRules` asks for whole, as nft writes it; null where it asks for none. */
export function addressIn(line: string): string | null {
  const [, digits = ""] = /network\+\d+\/(?:4|16) == ([0-9a-f]+)/.exec(line) ?? [];
  if (digits === "") return null;
  const bytes = (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return bytes.length === 4 ? bytes.join(".") : (digits.match(/.{4}/g) ?? []).join(":");
}
