import { child } from "../model/address.ts";
import type { Problem } from "../model/diagnostic.ts";
import type { Environment, PublishedPort } from "../model/environment.ts";
import { portRange } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { ownTables, projectNetwork } from "../model/network.ts";
import type { Lease, Scope } from "../model/resource.ts";
import { tableIn } from "./nat-rules.ts";
import type { Element } from "./port-elements.ts";
import { anyOf, elementsIn, hostPort, ownAddresses } from "./port-elements.ts";
import { uplinkProgram, uplinkSix, uplinksIn } from "./uplink.ts";
import { slirpLack } from "./uplink-slirp.ts";

/** Ports that cannot be published: because somebody else has them, a process of the host that listens there or another environment, or in no way here. */
export function portProblems(scope: Scope, facts: Facts): readonly Problem[] {
  const { name, environment, lease } = scope;
  if (environment === null || (lease === undefined && environment.network.mode !== "user")) return [];
  const place = { scope, environment, facts };
  return Object.entries(environment.network.ports ?? {}).flatMap(([key, port]): readonly Problem[] => {
    const obstacle = obstacleTo(port, place);
    const about = child(`${name}.network.ports`, key);
    return obstacle === null ? [] : [{ ...obstacle, severity: "error", about, message: `${about}: ${obstacle.message}` }];
  });
}

interface Publishing {
  readonly scope: Scope;
  readonly environment: Environment;
  readonly facts: Facts;
}

function obstacleTo(port: PublishedPort, place: Publishing): Pick<Problem, "code" | "message" | "hint"> | null {
  const { environment, facts } = place;
  if (environment.network.mode === "user") {
    const low = privileged(port, facts);
    if (low !== null) return { code: "network/port-privileged", message: low, hint: lowHint };
    const lack = lackOf(environment, port, facts);
    if (lack !== null) return { code: "network/not-there", ...lack };
  }
  const taken = takenBy(port, place);
  if (taken === null) return null;
  const message = `port ${taken.port}/${port.protocol} of the host ${taken.how}`;
  return { code: "network/port-taken", message, hint: "end that one, or publish another port of the host" };
}

/** Which port, of a range perhaps, somebody else has. */
function takenBy(port: PublishedPort, { scope, environment, facts }: Publishing): { readonly port: number; readonly how: string } | null {
  const { project, lease } = scope;
  const own = lease === undefined ? [] : ownAddresses(lease);
  const published = publishedAt(port, facts);
  const other = published.find(({ table, target }) => table !== projectNetwork(project).table || !own.includes(target));
  if (other !== undefined) return { port: other.host, how: `is published by ${takerOf(other, { project, lease })}` };
  const uplinks = uplinksIn(facts).map(({ pid }) => pid);
  // What leads into it already nobody can have taken.
  const isOurs = ({ port: number, pid }: Listening) => uplinks.includes(pid ?? 0) || published.some(({ host }) => host === number);
  const isSlirp = environment.network.mode === "user" && uplinkProgram(environment, facts) === "slirp4netns";
  const asked = isSlirp ? (port.address ?? anyOf[4]) : port.address;
  const listener = listenersOf(facts, port).find((one) => addressesMeet(one.address, asked) && !isOurs(one));
  if (listener === undefined) return null;
  const who = listener.pid === null ? "a process that cannot be seen" : `pid ${listener.pid} (${listener.command})`;
  return { port: listener.port, how: `is in use by ${who}` };
}

/** Where rules of cloister lead what comes to a port of the host, whoever has made them. */
function publishedAt(
  port: PublishedPort,
  facts: Facts,
): readonly { readonly table: string; readonly host: number; readonly target: string }[] {
  const rules = text(facts, "machine/rules") ?? "";
  return [...rules.matchAll(/^table inet (\S+) \{$/gm)].flatMap(([, table = ""]) => {
    if (!table.startsWith(ownTables)) return [];
    const elements = elementsIn(tableIn(rules, table)).filter((element) => meets(element, port));
    return elements.map((element) => ({ table, host: hostPort(element), target: element.replace(/^.* : /, "").replace(/ \. \d+$/, "") }));
  });
}

function takerOf(
  { table, target }: { readonly table: string; readonly target: string },
  { project, lease }: { readonly project: string; readonly lease: Lease | undefined },
): string {
  const other = table.slice(ownTables.length);
  if (other !== project) return `project ${other}`;
  return [...(lease?.names ?? []), ...(lease?.namesBefore ?? [])].find(([, addresses]) => addresses.includes(target))?.[0] ?? target;
}

/** The lowest port that needs no privilege. */
export const lowestFact: FactName = "host/sys/net/ipv4/ip_unprivileged_port_start";

const lowHint = "publish a higher one, or write mode: nat";

/** Why with mode user a port cannot be published here. */
function lackOf(environment: Environment, port: PublishedPort, facts: Facts): { readonly message: string; readonly hint: string } | null {
  if (uplinkProgram(environment, facts) === "slirp4netns") {
    const lack = slirpLack(environment, port);
    const message = `${lack}, and pasta, which does, is not installed`;
    return lack === null ? null : { message, hint: "apt-get install passt, or write mode: nat" };
  }
  if (!port.address?.includes(":") || uplinkSix(environment, facts) !== null) return null;
  const message =
    "pasta has no IPv6 here: no interface of the host has an IPv6 address of the link (fe80::), or the environment switches it off";
  return { message, hint: "publish it by IPv4, or write mode: nat" };
}

/** With mode user nobody with a privilege of the host opens a port. */
function privileged({ port }: PublishedPort, facts: Facts): string | null {
  const lowest = Number(text(facts, lowestFact) ?? 1024);
  return port >= lowest
    ? null
    : `port ${port} of the host is below ${lowest} (net.ipv4.ip_unprivileged_port_start), and mode user opens none of these`;
}

function meets(element: Element, { address, port, protocol, count = 1 }: PublishedPort): boolean {
  const [, map = "", key = ""] = /^(\S+) (.*) : /.exec(element) ?? [];
  const parts = key.split(" . ");
  const number = hostPort(element);
  if (number < port || number >= port + count || parts.at(-2) !== protocol) return false;
  const host = map.startsWith("one") ? (parts[0] ?? "") : anyOf[map === "any6" ? 6 : 4];
  return addressesMeet(host, address);
}

/** Whether what is bound to one address of the host has something in common with what is bound to another; null is any. */
function addressesMeet(bound: string, other: string | null): boolean {
  if (other === null || bound === other) return true;
  // What is bound to :: has IPv4 too, unless it asked not to.
  if (bound === "::" || other === "::") return bound === "::" || bound.includes(":");
  return (bound === "0.0.0.0" || other === "0.0.0.0") && bound.includes(":") === other.includes(":");
}

interface Listening {
  readonly address: string;
  readonly port: number;
  readonly pid: number | null;
  readonly command: string;
}

/** Who listens at a port of the host, or at one of a range. */
export function listenersFact(port: PublishedPort): FactName {
  return `listeners/${port.protocol}/${portRange(port.port, port)}`;
}

function listenersOf(facts: Facts, port: PublishedPort): readonly Listening[] {
  const found: unknown = JSON.parse(text(facts, listenersFact(port)) ?? "[]");
  return Array.isArray(found) ? found : [];
}
