import { child } from "../model/address.ts";
import type { Problem } from "../model/diagnostic.ts";
import type { Environment, PublishedPort } from "../model/environment.ts";
import { portRange } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { ownTables, projectNetwork } from "../model/network.ts";
import type { Lease, Resource, Scope } from "../model/resource.ts";
import type { Step } from "../model/step.ts";
import { namespacesAddress } from "./keeper.ts";
import { portMaps, tableIn } from "./nat-rules.ts";
import { rulesStep } from "./nat-steps.ts";
import { uplinkFact, uplinkFacts, uplinkProgram, uplinkSix, uplinksIn } from "./uplink.ts";
import { slirpLack } from "./uplink-slirp.ts";

/** One element of one of the maps, as nft writes it: `any4 tcp . 8080 : 10.213.0.5 . 80`. */
type Element = string;

/** The ports of the host that lead into an environment, by the host's side as the manifest has it, each with its elements of the project's maps. */
export const ports: Resource<readonly Element[]> = {
  name: "ports",
  stage: "assembly",
  decidedBy: ["network"],
  path: (key) => child("network.ports", key),
  facts(scope) {
    const { environment, last = null } = scope;
    const published = Object.values(environment?.network.ports ?? {});
    const listeners = published.map(listenersFact);
    const own = published.length === 0 ? [] : environment?.network.mode === "user" ? [...uplinkFacts(scope), lowestFact] : [uplinkFact];
    return [...(isListed({ environment, last }) ? ["machine/rules"] : []), ...listeners, ...own];
  },
  want({ environment, lease }) {
    const published = Object.entries(environment.network.ports ?? {});
    return new Map(
      lease === undefined || environment.network.mode !== "nat"
        ? []
        : published.map(([key, port]) => [key, elementsOf(port, lease)] as const),
    );
  },
  have(scope, facts) {
    const found = new Map<string, Element[]>();
    // Those of what has no place in the network any more go with it.
    if (scope.environment?.network.mode !== "nat" || !isListed(scope)) return found;
    const keys = new Map<Element, string>();
    // What goes is called as it was when it came.
    for (const environment of [scope.last ?? null, scope.environment])
      for (const [key, wanted] of environment === null ? [] : wantedEver({ ...scope, environment }, facts))
        for (const element of wanted) keys.set(element, key);
    for (const element of ownElements(scope, facts)) {
      const key = keys.get(element) ?? keyOf(element);
      found.set(key, [...(found.get(key) ?? []), element]);
    }
    return found;
  },
  needs: ({ name }) => [namespacesAddress(name), `${name}.network.rules`],
  compare(want, have) {
    const [missing, extra] = [want.filter((one) => !have.includes(one)), have.filter((one) => !want.includes(one))];
    if (missing.length === 0 && extra.length === 0) return [];
    return [{ field: "", want: missing.join(", ") || "nothing more", have: extra.join(", ") || "nothing" }];
  },
  seen: ({ scope }) => `nft list maps: table inet ${projectNetwork(scope.project).table}`,
  describe: (elements) => `to ${elements[0]?.split(" : ")[1]?.replace(" . ", " port ") ?? "nothing"}`,
  create: ({ scope, want, facts }) => changeSteps(scope, { want, facts, gone: [] }),
  update: ({ scope, want, have, facts }) => changeSteps(scope, { want, facts, gone: have.filter((one) => !want.includes(one)) }),
  remove: ({ scope, have, facts }) => changeSteps(scope, { want: [], facts, gone: have }),
};

/** What is wanted, and what was with the addresses that it has as yet. */
function wantedEver(
  scope: Scope & { readonly environment: Environment },
  facts: Facts,
): readonly (readonly [string, readonly Element[]])[] {
  const { lease } = scope;
  const before = lease?.earlier === undefined ? [] : ports.want({ ...scope, lease: { ...lease, addresses: lease.earlier } }, facts);
  return [...before, ...ports.want(scope, facts)];
}

/** Whether the rules of the host were asked for. */
function isListed({ environment, last }: Pick<Scope, "environment" | "last">): boolean {
  return environment?.network.ports !== undefined || last?.network.ports !== undefined;
}

/** The elements of a port, or of each of a range: one, or one of each family. */
function elementsOf({ address, port, protocol, to, count = 1 }: PublishedPort, { addresses }: Lease): readonly Element[] {
  return addresses.flatMap((own): readonly Element[] => {
    const inside = own.replace(/\/\d+$/, "");
    const family = inside.includes(":") ? 6 : 4;
    const isAny = address === null || address === anyOf[family];
    if (!isAny && address.includes(":") !== (family === 6)) return [];
    const start = isAny ? `any${family} ${protocol}` : `one${family} ${address} . ${protocol}`;
    return Array.from({ length: count }, (_, index) => `${start} . ${port + index} : ${inside} . ${to + index}`);
  });
}

const anyOf = { 4: "0.0.0.0", 6: "::" } as const;

/** The host's side of an element that the manifest does not have. */
function keyOf(element: Element): string {
  const [, map = "", key = ""] = /^(\S+) (.*) : /.exec(element) ?? [];
  const parts = key.split(" . ");
  const address = map.startsWith("one") ? (parts[0] ?? "") : anyOf[map === "any6" ? 6 : 4];
  return `${address.includes(":") ? `[${address}]` : address}:${parts.at(-1)}`;
}

/** The elements of a table, as it is listed. */
function elementsIn(table: string | null): readonly Element[] {
  return Object.keys(portMaps).flatMap((map) => {
    const body = new RegExp(`^\\tmap ${map} \\{\\n[\\s\\S]*?elements = \\{([\\s\\S]*?)\\}`, "m").exec(blockOf(table, map))?.[1] ?? "";
    return body.split(",").flatMap((one) => (one.trim() === "" ? [] : [`${map} ${one.trim().replace(/\s+/g, " ")}`]));
  });
}

function blockOf(table: string | null, map: string): string {
  return new RegExp(`^\\tmap ${map} \\{\\n[\\s\\S]*?^\\t\\}$`, "m").exec(table ?? "")?.[0] ?? "";
}

/** The elements that lead to an environment. */
function ownElements({ project, lease }: Scope, facts: Facts): readonly Element[] {
  const own = lease === undefined ? [] : ownAddresses(lease);
  const all = elementsIn(tableIn(text(facts, "machine/rules"), projectNetwork(project).table));
  return all.filter((element) => own.includes(/ : (\S+) \. \d+$/.exec(element)?.[1] ?? ""));
}

function ownAddresses({ addresses, earlier = [] }: Lease): readonly string[] {
  return [...addresses.map((address) => address.replace(/\/\d+$/, "")), ...earlier];
}

interface ElementChange {
  readonly want: readonly Element[];
  readonly gone: readonly Element[];
  readonly facts: Facts;
}

/** One transaction. What is to go is added first: then it is there, whoever took it away meanwhile. */
function changeSteps({ project }: Scope, { want, gone }: ElementChange): readonly Step[] {
  if (want.length + gone.length === 0) return [];
  const line = (verb: "add" | "delete", element: Element) => {
    const [, map, rest = ""] = /^(\S+) (.*)$/.exec(element) ?? [];
    return `${verb} element inet ${projectNetwork(project).table} ${map} { ${verb === "add" ? rest : rest.replace(/ : .*$/, "")} }\n`;
  };
  const lines = [...gone.flatMap((one) => [line("add", one), line("delete", one)]), ...want.map((one) => line("add", one))];
  return [rulesStep(lines.join(""))];
}

/** Takes away the ports that lead to an environment which ends. */
export function portsLeftSteps(scope: Scope, facts: Facts): readonly Step[] {
  return scope.lease === undefined ? [] : changeSteps(scope, { want: [], facts, gone: ownElements(scope, facts) });
}

// ---- conflicts ----

/** Ports that cannot be published: because somebody else has them, a process of the host that listens there or another environment, or in no way here. */
export function portProblems(scope: Scope, facts: Facts): readonly Problem[] {
  const { name, environment, lease } = scope;
  if (environment === null || (lease === undefined && environment.network.mode !== "user")) return [];
  const place = { scope, environment, facts };
  return Object.entries(environment.network.ports ?? {}).flatMap(([key, port]): readonly Problem[] => {
    const obstacle = obstacleTo(port, place);
    const about = `${name}.${ports.path(key, scope)}`;
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

const lowestFact: FactName = "host/sys/net/ipv4/ip_unprivileged_port_start";

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

/** The port of the host that an element is about. */
function hostPort(element: Element): number {
  return Number(/ (\d+) : /.exec(element)?.[1]);
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

function listenersFact(port: PublishedPort): FactName {
  return `listeners/${port.protocol}/${portRange(port.port, port)}`;
}

function listenersOf(facts: Facts, port: PublishedPort): readonly Listening[] {
  const found: unknown = JSON.parse(text(facts, listenersFact(port)) ?? "[]");
  return Array.isArray(found) ? found : [];
}
