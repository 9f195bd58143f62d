import type { Environment, PublishedPort } from "../model/environment.ts";
import { portRange } from "../model/environment.ts";
import type { FactName, Facts } from "../model/fact.ts";
import { text } from "../model/fact.ts";
import { hostLink, lacksSix, userAddress, userGateway, userSix } from "../model/network.ts";
import type { Scope } from "../model/resource.ts";
import type { Step, Text } from "../model/step.ts";
import { keeperPid, keeperStart } from "./keeper.ts";
import { ownGroup } from "./namespaces.ts";
import { insideLink, tidy } from "./nat-steps.ts";
import type { Part } from "./part.ts";
import { linesOf, listed } from "./part.ts";

/** The processes in the keeper's control group beside it, where nobody inside can put one: JSON, a list of `Uplink`. */
export const uplinkFact: FactName = "uplink";

/** With mode `user`: the process (pasta) that opens sockets on the host for what comes out of eth0. eth0 is there as long as it lives. */
export interface Uplink {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly start: string;
  /** Its command line. */
  readonly words: readonly string[];
}

/** Those that run; more than one where a start was cut off, and none where that could not be seen. */
export function uplinksIn(facts: Facts): readonly Uplink[] {
  const found: readonly Uplink[] = JSON.parse(text(facts, uplinkFact) ?? "[]");
  return found;
}

/** The interfaces of the host with IPv6 addresses. */
export const sixFact: FactName = "host/net/if_inet6";

/** The parts of eth0 that the process behind it decides, as they are wanted. */
export function uplinkWanted(environment: Environment, facts: Facts): Part {
  return partOf(uplinkWords(environment, uplinkSix(environment, facts)));
}

/**
 * The interface of the host from which pasta takes that there is IPv6: it asks for one with an address of the link, and takes nothing else of it. Null: it has
 * none. One that runs and does what it is to do stays as it is: what the host has come to have, or to lack, since then ends no connection.
 */
export function uplinkSix(environment: Environment, facts: Facts): string | null {
  if (lacksSix(environment)) return null;
  const [running] = uplinksIn(facts);
  if (running !== undefined) {
    const known = sixOf(running.words);
    if (running.words.slice(1).join("\0").startsWith(uplinkWords(environment, known).join("\0"))) return known;
  }
  return hostSix(facts);
}

/** The first interface of the host with an IPv6 address of the link. */
function hostSix(facts: Facts): string | null {
  const names = [...(text(facts, sixFact) ?? "").matchAll(/^[0-9a-f]{32} \S+ \S+ 20 \S+ +(\S+)$/gm)].map(([, name = ""]) => name);
  return names.find((name) => !/^(cl|clb)-/.test(name)) ?? null;
}

function sixOf(words: readonly string[]): string | null {
  return words.includes("--ipv4-only") ? null : (words[words.indexOf("--interface") + 1] ?? null);
}

/** The same, as it is; `uplink: "nothing"` where no process of ours is behind eth0. */
export function uplinkSeen(facts: Facts): Part {
  const [only, ...others] = uplinksIn(facts);
  if (only === undefined) return { uplink: "nothing" };
  return others.length > 0 ? { uplink: `${others.length + 1} processes` } : partOf(only.words.slice(1));
}

/** The process behind eth0, and what it publishes; undefined where none runs. */
export function uplinkState(facts: Facts): { readonly pid: number; readonly published: readonly string[] } | undefined {
  const [first] = uplinksIn(facts);
  return first === undefined ? undefined : { pid: first.pid, published: linesOf(partOf(first.words.slice(1)), "published") };
}

/** What it was told, in words for people: published ports by themselves. */
function partOf(words: readonly string[]): Part {
  const ports: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const [word = "", value = ""] = words.slice(index, index + 2);
    if (word === "--netns-only") break;
    const protocol = protocols.find(([, option]) => option === word)?.[0];
    if (protocol === undefined || value === "none") rest.push(word);
    else {
      ports.push(`${value} ${protocol}`);
      index += 1;
    }
  }
  const six = sixOf(words);
  const isUsual = protocols.every(([, option]) => words.includes(option)) && rest.join(" ").startsWith(fixedWords(six).join(" "));
  return {
    uplink: isUsual ? `pasta${six === null ? " without IPv6" : ""}` : "pasta with other options",
    ...(ports.length === 0 ? {} : { published: listed(ports) }),
  };
}

const protocols = [
  ["tcp", "-t"],
  ["udp", "-u"],
] as const;

/**
 * Of the host it takes nothing but that it may open sockets: no address, route or name server, and without IPv6 no interface has to be there (`-i lo`). Nobody inside reaches the
 * host's loopback: 10.0.2.2 does not stand for it (`--no-map-gw`), and no port of the inside's own loopback leads there (`-T none -U none`).
 */
function fixedWords(six: string | null): readonly string[] {
  const own = { four: userAddress.split("/"), six: userSix.address.split("/") };
  return [
    ...["--quiet", "--interface", six ?? "lo", "--ns-ifname", insideLink, "--mac-addr", "9a:55:9a:55:9a:55"],
    ...["--address", own.four[0] ?? "", "--netmask", own.four[1] ?? "", "--gateway", userGateway],
    ...(six === null ? ["--ipv4-only", "--no-ndp"] : ["--address", own.six[0] ?? "", "--gateway", userSix.gateway]),
    ...["--no-map-gw", "--no-dhcp", "--no-dhcpv6", "--no-ra", "-T", "none", "-U", "none"],
  ];
}

function uplinkWords({ network: { ports = {} } }: Environment, six: string | null): readonly string[] {
  const published = protocols.flatMap(([protocol, option]) => {
    const own = Object.values(ports)
      .filter((port) => port.protocol === protocol)
      .map(specOf);
    return own.length === 0 ? [option, "none"] : [...own].sort().flatMap((spec) => [option, spec]);
  });
  return [...fixedWords(six), ...published];
}

/** `127.0.0.1/8080:80`, `8000-8010:9000-9010`. */
function specOf(port: PublishedPort): string {
  const address = port.address === null || port.address === "0.0.0.0" ? "" : `${port.address}/`;
  return `${address}${portRange(port.port, port)}:${portRange(port.to, port)}`;
}

// See `tidy` for $1 to $6, $7...: a command, as a child in the pid namespace of the process inside.
const uplinkScript = `${tidy}
shift 6
exec nsenter --target "$pid" --pid -- "$@"`;

/** Starts it, where none runs any more; done when eth0 is there. */
export function uplinkStep(scope: Scope, environment: Environment, facts: Facts): Step {
  const { machine } = scope;
  const own = ownGroup(scope, "keeper");
  const groups = scope.places.cgroups.map(({ path }) => (own?.startsWith(`${path}/`) === true ? own : path));
  const keys: readonly Text[] = [
    ["pid=", ...parts(keeperPid(scope))],
    ["start=", ...parts(keeperStart(scope))],
    ...groups.map((group) => `cgroup=${group}`),
  ];
  const shim: readonly Text[] = ["perl", machine.shim, machine.architecture, "uplink", ...keys, "--"];
  const words: readonly Text[] = ["user", hostLink(scope.id), insideLink, "", keeperPid(scope), keeperStart(scope)];
  const pasta = uplinkWords(environment, uplinkSix(environment, facts));
  return { type: "run", title: `${insideLink} by pasta`, command: ["sh", "-c", uplinkScript, "sh", ...words, ...shim, ...pasta] };
}

function parts(one: Text) {
  return typeof one === "string" || "of" in one ? [one] : one;
}

/** Ends those that run, and with them eth0. */
export function uplinkEndSteps(facts: Facts): readonly Step[] {
  return uplinksIn(facts).map(({ pid, start }) => ({ type: "signal", title: "end pasta", pid, start, signal: "SIGKILL", graceMs: 0 }));
}
