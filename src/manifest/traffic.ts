import type { Network, Peer, Traffic } from "../model/environment.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import { isLinked } from "../model/network.ts";
import { isAddress } from "./hosts.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import { inside } from "./tree.ts";

type WrittenNetwork = NonNullable<WrittenEnvironment["network"]>;
type WrittenTraffic = WrittenNetwork["egress"];

const directions = ["egress", "ingress"] as const;

/** What is let out of an environment, and into it. */
export function readTraffic(
  reading: Reading,
  written: WrittenNetwork | undefined,
  mode: Network["mode"],
): Pick<Network, (typeof directions)[number]> {
  const read = directions.map(
    (direction) => [direction, readDirection(reading, direction, { written: written?.[direction], mode })] as const,
  );
  return Object.fromEntries(read.filter(([, traffic]) => traffic !== null));
}

interface Direction {
  readonly written: WrittenTraffic;
  readonly mode: Network["mode"];
}

function readDirection({ findings, at }: Reading, direction: (typeof directions)[number], { written, mode }: Direction): Traffic | null {
  const { allow, deny = [] } = written ?? {};
  if (allow === undefined && deny.length === 0) return null;
  const here = inside(inside(at, "network"), direction);
  if (!isLinked(mode)) {
    const message = `${direction} is of what goes through eth0, but network.mode is ${mode}`;
    findings.report({ code: "manifest/conflict", at: here, on: "key", message, hint: "write mode: nat, bridge, macvlan or user" });
    return null;
  }
  const peers = (key: "allow" | "deny", list: readonly string[]): readonly Peer[] => {
    const read = list.map((text, index) =>
      readPeer(text, { direction, mode }, (problem) => findings.report({ at: inside(inside(here, key), index), ...problem })),
    );
    return read.filter((peer, index) => read.findIndex(({ text }) => text === peer.text) === index);
  };
  return { allow: allow === undefined ? null : peers("allow", allow), deny: peers("deny", deny) };
}

type Report = (problem: {
  readonly code: "manifest/wrong-format" | "manifest/out-of-range" | "manifest/conflict";
  readonly message: string;
  readonly hint?: string;
}) => void;

interface Side {
  readonly direction: (typeof directions)[number];
  readonly mode: Network["mode"];
}

/** `dns`, or `WHO`, `WHO:PORT`, `WHO:PORT-PORT/udp`. */
function readPeer(text: string, { direction, mode }: Side, report: Report): Peer {
  const [, bracketed, plain = "", first, last = first, protocol] =
    /^(?:\[(.*?)\]|(.*?))(?::(\d+)(?:-(\d+))?(?:\/(tcp|udp))?)?$/.exec(text) ?? [];
  const to = bracketed ?? plain;
  const ports = first === undefined ? null : ([Number(first), Number(last)] as const);
  const isName = bracketed === undefined && !/^[\d.]+(\/\d+)?$/.test(to);
  if (to === "dns" && (direction === "ingress" || ports !== null)) {
    const message = direction === "ingress" ? "dns is the name servers, which ask nothing" : "dns is port 53 of the name servers already";
    report({ code: "manifest/conflict", message, hint: direction === "ingress" ? "name who may ask: *:53/udp" : "write dns" });
  } else if (to === "host" && mode !== "nat") {
    const message = `host is the host by the bridge's addresses, but network.mode is ${mode}`;
    report({ code: "manifest/conflict", message, hint: "name its address there" });
  } else if (!isName && !isPrefix(to)) {
    const message = `${quoted(to)} is neither an address nor a prefix`;
    report({ code: "manifest/wrong-format", message, hint: "write 192.0.2.5:443, 10.0.0.0/8 or [2001:db8::/32]:443" });
  } else if (isName && to.includes("/")) {
    report({
      code: "manifest/wrong-format",
      message: `${quoted(to)} is no name`,
      hint: "a prefix has an address before the stroke: 10.0.0.0/8",
    });
  }
  const wrong = ports?.find((port) => port < 1 || port > 65_535);
  if (wrong !== undefined) report({ code: "manifest/out-of-range", message: `a port is a number from 1 to 65535, not ${wrong}` });
  else if (ports !== null && ports[0] > ports[1])
    report({
      code: "manifest/out-of-range",
      message: `the ports ${ports[0]}-${ports[1]} end before they begin`,
      hint: `${ports[1]}-${ports[0]}`,
    });
  return { text, to, ports, protocol: protocol === "udp" ? "udp" : "tcp" };
}

function isPrefix(text: string): boolean {
  const [address = "", length] = text.split("/");
  const longest = address.includes(":") ? 128 : 32;
  return isAddress(address) && (length === undefined || Number(length) <= longest);
}

/** Root inside must not be able to change the rules, or to send past them. */
export function checkTraffic(
  { findings, at }: Reading,
  network: Network,
  { capabilities }: { readonly capabilities: readonly string[] },
): void {
  const held = ["NET_ADMIN", "NET_RAW"].filter((name) => capabilities.includes(name));
  const declared = directions.filter((direction) => network[direction] !== undefined);
  if (held.length === 0 || (declared.length === 0 && network.mode !== "user")) return;
  const what = held.includes("NET_ADMIN") ? "can take the rules away" : "can send past the rules";
  const asked = declared[0] === undefined ? "that keep it from the host's loopback" : `that network.${declared[0]} asks for`;
  findings.report({
    code: "manifest/conflict",
    at: inside(inside(at, "security"), "cap_add"),
    message: `with ${held.join(" and ")} root inside ${what} ${asked}`,
    hint: `take ${held.join(" and ")} from security.cap_add`,
    also: [{ message: "declared here", at: inside(inside(at, "network"), declared[0] ?? "mode") }],
  });
}
