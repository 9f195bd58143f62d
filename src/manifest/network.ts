import type { Environment, NamespaceSetting, Network, NetworkMode, PublishedPort } from "../model/environment.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import type { Findings } from "./findings.ts";
import { isAddress, oneText } from "./hosts.ts";
import { readInterface } from "./interface.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import { readTraffic } from "./traffic.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

/** The network of an environment whose net namespace is its own (`private`), the host's or another's. */
export function readNetwork(reading: Reading, written: WrittenEnvironment["network"], net: NamespaceSetting): Network {
  const mode = modeOf(written?.mode, net);
  checkOperands(reading, written, mode);
  const { bridge, parent } = written ?? {};
  const ports = readPorts(reading, written?.ports, mode);
  return {
    mode,
    ...(mode === "bridge" && bridge !== undefined ? { bridge } : {}),
    ...(mode === "macvlan" && parent !== undefined ? { parent } : {}),
    ...(mode === "join" ? { join: net.slice("join:".length) } : {}),
    ...(mode === "path" ? { path: net.slice("path:".length) } : {}),
    ...(Object.keys(ports).length === 0 ? {} : { ports }),
    ...readInterface(reading, written, mode),
    ...readTraffic(reading, written, mode),
  };
}

/** What `namespaces.net` says where `network.mode` does not. */
function modeOf(written: NetworkMode | undefined, net: NamespaceSetting): NetworkMode {
  if (net.startsWith("join:")) return "join";
  if (net.startsWith("path:")) return "path";
  return net === "host" ? "host" : (written ?? "none");
}

/** What a mode is about has a key of its own, which is there with that mode only. */
const operands = { bridge: "bridge", macvlan: "parent", join: "join", path: "path" } as const;

function checkOperands({ findings, at }: Reading, written: WrittenEnvironment["network"], mode: NetworkMode): void {
  const here = inside(at, "network");
  for (const [of, key] of Object.entries(operands)) {
    if (of === written?.mode && written?.[key] === undefined && !findings.marked(here)) {
      const message = `network mode ${of} needs ${key}`;
      findings.report({ code: "manifest/missing-key", at: inside(here, "mode"), message, hint: `write ${key}: ${examples[key]}` });
    } else if (of !== mode && written?.[key] !== undefined) {
      const message = `${key} is of network mode ${of}, but network.mode is ${mode}`;
      findings.report({ code: "manifest/conflict", at: inside(here, key), on: "key", message, hint: `write mode: ${of}` });
    }
  }
}

const examples = { bridge: "br0", parent: "enp3s0", join: "db", path: "/run/netns/lab" } as const;

type WrittenPorts = NonNullable<WrittenEnvironment["network"]>["ports"];

function readPorts({ findings, at }: Reading, written: WrittenPorts, mode: Network["mode"]): Readonly<Record<string, PublishedPort>> {
  const here = inside(inside(at, "network"), "ports");
  const entries = Object.entries(written ?? {});
  if (entries.length > 0 && mode !== "nat" && mode !== "user") {
    const message = `ports are published with network mode nat or user, but network.mode is ${mode}`;
    findings.report({ code: "manifest/conflict", at: here, on: "key", message, hint: "write mode: nat or user" });
    return {};
  }
  const ports = entries.map(([key, value]) => [key, readPort(findings, inside(here, key), [key, String(value)])] as const);
  if (mode === "user") checkOnce(findings, here, ports);
  return Object.fromEntries([...ports].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `8080`, `8000-8010` or `ADDRESS:8080` of the host, and `80`, `80-90` or `80/udp` inside. */
function readPort(findings: Findings, at: Pointer, [outside, within]: readonly [outside: string, within: string]): PublishedPort {
  const [, address, port = "", last = port] = /^(?:\[?(.*?)\]?:)?(\d+)(?:-(\d+))?$/.exec(outside) ?? [];
  const [, to = "", toLast = to, protocol] = /^(\d+)(?:-(\d+))?(?:\/(.*))?$/.exec(within) ?? [];
  const count = Number(last) - Number(port) + 1;
  if (address !== undefined && !isAddress(address)) {
    const message = `${quoted(address)} is neither an IPv4 nor an IPv6 address`;
    findings.report({ code: "manifest/wrong-format", at, on: "key", message, hint: "write 127.0.0.1:8080 or [2001:db8::1]:8080" });
  }
  const numbers = [port, last, to, toLast].filter((text) => text !== "").map(Number);
  const wrong = numbers.find((number) => number < 1 || number > 65_535);
  if (wrong !== undefined)
    findings.report({ code: "manifest/out-of-range", at, message: `a port is a number from 1 to 65535, not ${wrong}` });
  checkRange(findings, at, { outside: [Number(port), Number(last)], within: [Number(to), Number(toLast)] });
  return {
    address: address === undefined ? null : oneText(address),
    port: Number(port),
    protocol: protocol === "udp" ? "udp" : "tcp",
    to: Number(to),
    ...(count > 1 && count <= mostPorts ? { count } : {}),
  };
}

/** A port of the host is opened at one address, or at any. */
function checkOnce(findings: Findings, here: Pointer, ports: readonly (readonly [string, PublishedPort])[]): void {
  for (const [index, [key, { port, protocol, count = 1 }]] of ports.entries()) {
    const meets = (other: PublishedPort) =>
      other.protocol === protocol && other.port < port + count && port < other.port + (other.count ?? 1);
    const other = ports.slice(0, index).find(([, one]) => meets(one));
    if (other === undefined) continue;
    const message = `with network mode user a port of the host is published once, and ${other[0]} has it already`;
    const hint = `write ${port} for any address of both families, or another port`;
    findings.report({ code: "manifest/conflict", at: inside(here, key), on: "key", message, hint });
  }
}

type Range = readonly [first: number, last: number];

/** Ranges of ports that lead into one another: of the host, and inside. */
function checkRange(findings: Findings, at: Pointer, { outside, within }: { readonly outside: Range; readonly within: Range }): void {
  const [count, other] = [outside, within].map(([first, last]) => last - first + 1);
  const shown = ([first, last]: Range) => (first === last ? `${first}` : `${first}-${last}`);
  const reversed = [outside, within].find(([first, last]) => last < first);
  if (reversed !== undefined) {
    findings.report({ code: "manifest/out-of-range", at, message: `the ports ${shown(reversed)} end before they begin` });
  } else if (count !== other) {
    const message = `${shown(outside)} is not as long as ${shown(within)}, into which it leads`;
    const hint = `write ${shown([within[0], within[0] + outside[1] - outside[0]])}`;
    findings.report({ code: "manifest/conflict", at, message, hint });
  } else if (outside[1] - outside[0] >= mostPorts) {
    findings.report({ code: "manifest/out-of-range", at, on: "key", message: `a range has ${mostPorts} ports at the most, not ${count}` });
  }
}

/** Each port of a range is an element of a map in the kernel. */
const mostPorts = 1024;

/** One port of the host leads to one environment only. */
export function checkPorts(environments: ReadonlyMap<string, Environment>, findings: Findings): void {
  const seen: { readonly at: string; readonly name: string; readonly port: PublishedPort }[] = [];
  for (const { name, network } of environments.values()) {
    for (const [key, port] of Object.entries(network.ports ?? {})) {
      const at = inside(`/environments/${name}/network/ports`, key);
      const other = seen.find((one) => isSamePort(one.port, port));
      if (other !== undefined) {
        const also = [{ message: `${other.name} has it here`, at: other.at }];
        findings.report({
          code: "manifest/conflict",
          at,
          on: "key",
          message: `${key} is published twice`,
          hint: "take another port of the host",
          also,
        });
      }
      seen.push({ at, name, port });
    }
  }
}

function isSamePort(a: PublishedPort, b: PublishedPort): boolean {
  const meets = a.port < b.port + (b.count ?? 1) && b.port < a.port + (a.count ?? 1);
  return meets && a.protocol === b.protocol && addressesMeet(a.address, b.address);
}

function addressesMeet(a: string | null, b: string | null): boolean {
  const isAny = (one: string | null) => one === null || one === "0.0.0.0" || one === "::";
  const isSameFamily = a === null || b === null || a.includes(":") === b.includes(":");
  return a === b || (isSameFamily && (isAny(a) || isAny(b)));
}
