import type { Environment, Network } from "../model/environment.ts";
import type { Environment as WrittenEnvironment } from "../model/manifest.gen.ts";
import { isLinked, userAddress, userGateway } from "../model/network.ts";
import type { Findings } from "./findings.ts";
import { isAddress, oneText } from "./hosts.ts";
import type { Reading } from "./reading.ts";
import { quoted } from "./shown.ts";
import type { Pointer } from "./tree.ts";
import { inside } from "./tree.ts";

type WrittenNetwork = NonNullable<WrittenEnvironment["network"]>;
type Interface = Pick<Network, (typeof keys)[number]>;

const keys = ["address", "mac_address", "mtu", "routes"] as const;

/** What is declared of eth0. */
export function readInterface({ findings, at }: Reading, written: WrittenNetwork | undefined, mode: Network["mode"]): Interface {
  const here = inside(at, "network");
  const declared = keys.filter((key) => written?.[key] !== undefined);
  if (!isLinked(mode)) {
    for (const key of declared) {
      const message = `${key} is of eth0, but network.mode is ${mode}`;
      const hint = key === "mtu" ? "write mode: nat, bridge, macvlan or user" : "write mode: nat, bridge or macvlan";
      findings.report({ code: "manifest/conflict", at: inside(here, key), on: "key", message, hint });
    }
    return {};
  }
  const { address, mac_address, mtu, routes } = written ?? {};
  if (mode === "user") {
    checkUser(findings, here, declared);
    return mtu === undefined ? {} : { mtu };
  }
  if (address !== undefined) (mode === "nat" ? checkOwn : checkPrefixed)(findings, inside(here, "address"), address);
  if (mac_address !== undefined) checkMac(findings, inside(here, "mac_address"), mac_address);
  const sorted = Object.entries(routes ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [to, via] of sorted) checkRoute(findings, inside(inside(here, "routes"), to), { to, via });
  return {
    // Of no range where it is none.
    ...(address === undefined || (mode === "nat" && !isAddress(address)) ? {} : { address }),
    ...(mac_address === undefined ? {} : { mac_address: mac_address.toLowerCase() }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(sorted.length === 0 ? {} : { routes: Object.fromEntries(sorted) }),
  };
}

/** With mode user addresses and routes are the same in every environment: nobody but the process behind its eth0 sees them. */
function checkUser(findings: Findings, here: Pointer, declared: readonly string[]): void {
  for (const key of declared) {
    if (key === "mtu") continue;
    const message = `${key} cannot be declared with network mode user: eth0 has always ${userAddress}, and all goes to ${userGateway}`;
    const hint = `leave ${key} out, or write mode: nat, bridge or macvlan`;
    findings.report({ code: "manifest/conflict", at: inside(here, key), on: "key", message, hint });
  }
}

/** An address with the length of its prefix, in a network that is not ours. */
function checkPrefixed(findings: Findings, at: Pointer, written: string): void {
  const [address = "", length] = written.split("/");
  const most = address.includes(":") ? 128 : 32;
  if (isAddress(address) && length !== undefined && Number(length) >= 1 && Number(length) <= most) return;
  const message = `${quoted(written)} is no address with the length of its prefix`;
  findings.report({ code: "manifest/wrong-format", at, message, hint: "write 192.0.2.5/24 or 2001:db8::5/64" });
}

function checkOwn(findings: Findings, at: Pointer, address: string): void {
  const [first = 0, , , last = 0] = address.split(".").map(Number);
  if (!isAddress(address)) {
    const message = `${quoted(address)} is no IPv4 address`;
    findings.report({ code: "manifest/wrong-format", at, message, hint: "with mode nat write 10.213.0.5" });
  } else if (first === 0 || first === 127 || first >= 224) {
    findings.report({ code: "manifest/out-of-range", at, message: `${address} is no address of one host`, hint: "write 10.213.0.5" });
  } else if (last < 2 || last === 255) {
    const message = last === 1 ? `${address} is the bridge's` : `${address} is an end of its range, which is nobody's`;
    findings.report({ code: "manifest/out-of-range", at, message, hint: "the last number is one from 2 to 254" });
  }
}

function checkMac(findings: Findings, at: Pointer, address: string): void {
  const bytes = address.split(":").map((pair) => Number.parseInt(pair, 16));
  if ((bytes[0] ?? 0) % 2 === 0 && bytes.some((byte) => byte !== 0)) return;
  const message = `${address} is no address of one interface`;
  findings.report({ code: "manifest/out-of-range", at, message, hint: "its first byte is even: 02:00:00:00:00:05" });
}

function checkRoute(findings: Findings, at: Pointer, { to, via }: { readonly to: string; readonly via: string }): void {
  const [prefix = "", length] = to.split("/");
  const isSix = (text: string) => text.includes(":");
  if (to !== "default" && (!isAddress(prefix) || Number(length) > (isSix(prefix) ? 128 : 32))) {
    const message = `${quoted(to)} is no prefix`;
    findings.report({ code: "manifest/wrong-format", at, on: "key", message, hint: "write 10.9.0.0/16 or 2001:db8::/32" });
  } else if (/[:.]/.test(via) && !isAddress(via)) {
    findings.report({ code: "manifest/wrong-format", at, message: `${quoted(via)} is neither an IPv4 nor an IPv6 address` });
  } else if (to !== "default" && isAddress(via) && isSix(prefix) !== isSix(via)) {
    findings.report({ code: "manifest/conflict", at, message: `${via} is not of the family of ${to}` });
  }
}

/** The network that an eth0 is on. */
function networkOf({ mode, bridge, parent }: Network): string {
  return [mode, bridge ?? parent].join(" ");
}

/** All addresses of the project's network are in one range, in each network an address is one environment's, and next hops that are names are there. */
export function checkInterfaces(environments: ReadonlyMap<string, Environment>, findings: Findings): void {
  const linked = [...environments.values()].filter(({ network }) => isLinked(network.mode));
  for (const key of ["address", "mac_address"] as const) checkOwners(findings, linked, key);
  for (const environment of linked) checkNextHops(findings, environment, environments);
}

/** What is somebody's already is not another's; and what is not in the range of the first is not in the project's. */
function checkOwners(findings: Findings, linked: readonly Environment[], key: "address" | "mac_address"): void {
  const [first] = linked.filter(({ network }) => network.mode === "nat" && network.address !== undefined);
  const range = rangeOf(first?.network.address ?? "");
  const owners = new Map<string, string>();
  for (const { name, network } of linked) {
    const value = network[key]?.replace(/\/\d+$/, "");
    if (value === undefined) continue;
    const place = `${networkOf(network)} ${oneText(value)}`;
    const owner = owners.get(place);
    const isFar = key === "address" && network.mode === "nat" && rangeOf(value) !== range;
    const other = owner ?? (isFar ? first?.name : undefined);
    if (other !== undefined) {
      const message = owner === undefined ? `${value} is not in ${range}.0/24, which is the project's` : `${value} is ${owner}'s`;
      const also = [{ message: `${other} has its own here`, at: networkAt(other, key) }];
      findings.report({ code: "manifest/conflict", at: networkAt(name, key), message, also });
    }
    owners.set(place, owner ?? name);
  }
}

/** The first three numbers of an address. */
function rangeOf(address: string): string {
  return address.replace(/\.\d+$/, "");
}

function checkNextHops(findings: Findings, { name, network }: Environment, environments: ReadonlyMap<string, Environment>): void {
  for (const [to, via] of Object.entries(network.routes ?? {})) {
    const isNeighbour = network.mode === "nat" && via !== name && environments.get(via)?.network.mode === "nat";
    if (/[:.]/.test(via) || isNeighbour) continue;
    const message =
      network.mode !== "nat"
        ? `with mode ${network.mode} the next hop is an address, not ${via}`
        : via === name
          ? `${name} cannot be its own next hop`
          : `no environment with mode nat is called ${via}`;
    findings.report({ code: "manifest/conflict", at: inside(networkAt(name, "routes"), to), message });
  }
}

function networkAt(name: string, key: string): Pointer {
  return inside(`/environments/${name}/network`, key);
}
