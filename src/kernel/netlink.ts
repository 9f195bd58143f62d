/** One interface as RTM_NEWLINK tells it. */
export interface NetLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  /** `02:42:0a:d5:00:02`. */
  readonly macAddress: string;
  /** The index of the bridge that it is in; null: none. */
  readonly master: number | null;
  /** `veth`, `bridge`, `macvlan`; "" where the kernel says none: hardware, lo. */
  readonly kind: string;
  /** The index of the interface that it lies on, or of its other end, in whichever network that is; null: none. */
  readonly lower: number | null;
}

/** One address of an interface. */
export interface NetAddress {
  readonly index: number;
  /** With the length of its prefix, as ip(8) writes it: `10.213.0.2/24`, `10.213.0.2 peer 10.0.0.1/32`. */
  readonly address: string;
  /** Made by the kernel for the link alone (`fe80::`). */
  readonly linkLocal: boolean;
  /** Not for good: it follows from what a router announced. */
  readonly learned: boolean;
}

/** One route of the main table that somebody set: not those that follow from addresses. */
export interface NetRoute {
  /** `default` or a prefix. */
  readonly destination: string;
  /** The next hop's address; null: on the link. */
  readonly via: string | null;
  /** The index of the interface; 0 where the route has several next hops. */
  readonly index: number;
  /** Null: the one that ip(8) gives where none is said. */
  readonly metric: number | null;
  /** Who set it, by the number of rtnetlink; null: ip(8), where nobody is said. */
  readonly protocol: number | null;
  /** A router announced it. */
  readonly learned: boolean;
}

/** The interfaces of a dump (RTM_GETLINK, in hexadecimal), by index. */
export const parseLinks: (hex: string) => ReadonlyMap<number, NetLink> = lately((hex) => {
  const links = messages(hex, 16).map(({ header, attributes }): readonly [number, NetLink] => {
    const index = header.getInt32(4, true);
    return [
      index,
      {
        index,
        name: textOf(attributes.get(3)),
        up: (header.getUint32(8, true) & 1) === 1,
        mtu: numberOf(attributes.get(4)) ?? 0,
        macAddress: [...(attributes.get(1) ?? [])].map((byte) => byte.toString(16).padStart(2, "0")).join(":"),
        master: numberOf(attributes.get(10)),
        kind: textOf(new Map(attributesOf(attributes.get(18) ?? new Uint8Array())).get(1)),
        lower: numberOf(attributes.get(5)),
      },
    ];
  });
  return new Map(links);
});

/** The addresses of a dump (RTM_GETADDR). */
export const parseAddresses: (hex: string) => readonly NetAddress[] = lately((hex) =>
  messages(hex, 8).map(({ header, attributes }) => ({
    index: header.getUint32(4, true),
    address: `${localOf(addressOf(attributes.get(2)), addressOf(attributes.get(1)))}/${header.getUint8(1)}`,
    linkLocal: header.getUint8(0) === inet6 && header.getUint8(3) === linkScope,
    learned: ((numberOf(attributes.get(8)) ?? header.getUint8(2)) & permanent) === 0,
  })),
);

/** A parser that remembers two texts: each resource of an environment asks for the same of the host's network and of its own, and those of the host are long. */
export function lately<T>(parse: (hex: string) => T): (hex: string) => T {
  const known = new Map<string, T>();
  return (hex) => {
    const found = known.get(hex) ?? parse(hex);
    known.delete(hex);
    known.set(hex, found);
    for (const oldest of known.keys()) if (known.size > 2) known.delete(oldest);
    return found;
  };
}

/** The routes of a dump (RTM_GETROUTE): unicast, of the main table, set by hand. */
export function parseRoutes(hex: string): readonly NetRoute[] {
  return messages(hex, 12).flatMap(({ header, attributes }): readonly NetRoute[] => {
    const [family, length, protocol, type] = [header.getUint8(0), header.getUint8(1), header.getUint8(5), header.getUint8(7)];
    const table = numberOf(attributes.get(15)) ?? header.getUint8(4);
    if (table !== mainTable || type !== unicast || protocol === byKernel || !families.includes(family)) return [];
    const destination = attributes.get(1);
    const gateway = attributes.get(5);
    const metric = numberOf(attributes.get(6)) ?? 0;
    return [
      {
        destination: destination === undefined ? "default" : `${addressOf(destination)}/${length}`,
        via: gateway === undefined ? null : addressOf(gateway),
        index: numberOf(attributes.get(4)) ?? 0,
        metric: metric === (family === inet6 ? usualMetric6 : 0) ? null : metric,
        protocol: protocol === byBoot ? null : protocol,
        learned: protocol === byRouter,
      },
    ];
  });
}

/** AF_INET and AF_INET6: others (multicast's) have dumps of their own shape. */
const inet6 = 10;
const families: readonly number[] = [2, inet6];
/** IFA_F_PERMANENT, RTPROT_RA, RTPROT_BOOT, IP6_RT_PRIO_USER. */
const permanent = 0x80;
const byRouter = 9;
const byBoot = 3;
const usualMetric6 = 1024;
/** RT_SCOPE_LINK, RT_TABLE_MAIN, RTN_UNICAST, RTPROT_KERNEL. */
const linkScope = 253;
const mainTable = 254;
const unicast = 1;
const byKernel = 2;

/** One message of a dump. */
export interface Message {
  /** What follows the header of netlink: ifinfomsg, ifaddrmsg, rtmsg or nfgenmsg. */
  readonly header: DataView;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** The messages of a dump (in hexadecimal), whose own headers are `length` bytes; numbers are little-endian, as every machine is that this runs on. */
export function messages(hex: string, length: number): readonly Message[] {
  // A copy: a Buffer may lie in one that others have too.
  const bytes = new Uint8Array(Buffer.from(hex, "hex"));
  const view = new DataView(bytes.buffer);
  const found: Message[] = [];
  for (let at = 0; at + 16 + length <= bytes.length; ) {
    const size = view.getUint32(at, true);
    if (size < 16) break;
    const attributes = new Map(attributesOf(bytes.subarray(at + 16 + length, Math.min(at + size, bytes.length))));
    found.push({ header: new DataView(bytes.buffer, at + 16, length), attributes });
    at += aligned(size);
  }
  return found;
}

/** The attributes that lie behind one another in these bytes, by type; in lists the same type comes more than once. */
export function attributesOf(bytes: Uint8Array): readonly (readonly [type: number, value: Uint8Array])[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const attributes: (readonly [number, Uint8Array])[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const size = view.getUint16(at, true);
    if (size < 4) break;
    // The two topmost bits say how it is written, not what it is.
    attributes.push([view.getUint16(at + 2, true) & 0x3fff, bytes.subarray(at + 4, at + size)]);
    at += aligned(size);
  }
  return attributes;
}

function aligned(size: number): number {
  return (size + 3) & ~3;
}

/** The text of an attribute, without the NUL at its end. */
export function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

function numberOf(bytes: Uint8Array | undefined): number | null {
  return bytes === undefined || bytes.length < 4 ? null : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function addressOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "";
  return bytes.length === 4 ? bytes.join(".") : shortened([...bytes]);
}

/** IFA_LOCAL and IFA_ADDRESS: where both are there and are not the same, the second one is the other end's, to which the length belongs. */
function localOf(local: string, address: string): string {
  return local === "" || local === address ? address : `${local} peer ${address}`;
}

/** An IPv6 address as ip(8) writes it (RFC 5952): the longest run of zeros, of two at least, as `::`. */
function shortened(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16));
  const runs = [...groups.join(":").matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].sort((a, b) => b[0].length - a[0].length);
  const longest = runs[0];
  if (longest === undefined) return groups.join(":");
  const text = groups.join(":");
  const [before, after] = [text.slice(0, longest.index).replace(/:$/, ""), text.slice(longest.index + longest[0].length).replace(/^:/, "")];
  return `${before}::${after}`;
}

/** The bytes of an address that was checked: four or sixteen. */
export function bytesOfAddress(address: string): readonly number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  // An IPv4 address at its end is two groups.
  const groups = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: readonly string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [before = "", after] = groups.split("::");
  const numbers = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [numbers(before), numbers(after ?? "")];
  const filled = after === undefined ? head : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
  return filled.flatMap((group) => [group >> 8, group & 0xff]);
}

/** An address as the kernel's are written here: one text for each. */
export function canonicalAddress(address: string): string {
  return addressOf(Uint8Array.from(bytesOfAddress(address)));
}

/** A prefix likewise, without the bits behind its length; `default` stays. */
export function canonicalPrefix(prefix: string): string {
  const [address = "", length] = prefix.split("/");
  if (length === undefined) return prefix;
  const bytes = bytesOfAddress(address).map((byte, index) => byte & ~(0xff >> Math.min(8, Math.max(0, Number(length) - index * 8))));
  return `${addressOf(Uint8Array.from(bytes))}/${length}`;
}
