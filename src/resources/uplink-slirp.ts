import type { Environment, PublishedPort } from "../model/environment.ts";
import type { Part } from "./part.ts";
import { linesOf } from "./part.ts";
import { heard, publishedPart } from "./uplink-ports.ts";

/**
 * The host's loopback has no address that stands for it, nor has its name server; its root is empty but for what the shim put there, and its system calls are filtered. Which
 * ports it publishes is told to its socket. What follows is where it is put: descriptors of its own.
 */
export const slirpWords: readonly string[] = [
  ...["--mtu=65520", "--disable-host-loopback", "--disable-dns", "--enable-sandbox", "--enable-seccomp"],
  ...["--netns-type=path", "--api-socket=/run/api"],
];

/** A port as its socket is told: `tcp/127.0.0.1/8080/80`, the address any where it is 0.0.0.0. */
export type Forward = string;

/** What it is to publish, each port of a range by itself; none at an address of IPv6, which it cannot. */
export function forwardsWanted({ network: { ports = {} } }: Environment): readonly Forward[] {
  return Object.values(ports).flatMap(({ address, port, protocol, to, count = 1 }) =>
    isSix(address) ? [] : Array.from({ length: count }, (_, index) => `${protocol}/${address ?? "0.0.0.0"}/${port + index}/${to + index}`),
  );
}

function isSix(address: string | null): boolean {
  return address?.includes(":") === true;
}

/**
 * Why slirp4netns cannot publish a port; null: it can. What it is sent from inside goes by where the inside's socket is, and nowhere for the address that stands for
 * the host: an answer by UDP comes from the first port that leads to that socket, and never to the host's loopback.
 */
export function slirpLack({ network: { ports = {} } }: Environment, port: PublishedPort): string | null {
  if (isSix(port.address)) return "slirp4netns publishes no port at an IPv6 address";
  if (port.protocol === "tcp") return null;
  if (port.address?.startsWith("127.") === true) return "slirp4netns brings no answer by UDP to the host's loopback";
  const last = (one: PublishedPort) => one.to + (one.count ?? 1);
  const meets = (other: PublishedPort) => other.protocol === "udp" && other.to < last(port) && port.to < last(other);
  return Object.values(ports).filter(meets).length > 1
    ? "slirp4netns brings answers by UDP to one of the ports that lead to the same port inside"
    : null;
}

/** What one is to be, as a part has it. */
export function slirpWanted(environment: Environment): Part {
  return { uplink: usual, ...publishedPart(forwardsWanted(environment).map(shownForward), null) };
}

const usual = "slirp4netns without IPv6";

/** The same, as it is: what it was told when it started, what it says that it publishes (null: it says nothing), and where the kernel shows that it listens. */
export function slirpPart(words: readonly string[], forwards: readonly Forward[] | null, listening: readonly string[] | null): Part {
  if (words.slice(0, slirpWords.length).join("\0") !== slirpWords.join("\0")) return { uplink: "slirp4netns with other options" };
  if (forwards === null) return { uplink: "slirp4netns that does not answer" };
  return { uplink: usual, ...publishedPart(forwards.map(shownForward), listening) };
}

/** As pasta has it: `127.0.0.1/8080:80 tcp`. */
function shownForward(forward: Forward): string {
  const [protocol = "", address = "", port = "", to = ""] = forward.split("/");
  return `${address === "0.0.0.0" ? "" : `${address}/`}${port}:${to} ${protocol}`;
}

/** What has to be said to its socket: first what is to go, then what is to come or to be listened at again. */
export function forwardChanges(environment: Environment, have: Part | null): readonly string[] {
  const wanted = forwardsWanted(environment);
  const [shown, published] = [wanted.map(shownForward), linesOf(have, "published")];
  const gone = published
    .map(heard)
    .filter((line) => !shown.includes(line))
    .map((line) => `-${forwardOf(line)}`);
  const missing = wanted.filter((one) => !published.includes(shownForward(one))).map((one) => `+${one}`);
  return [...gone, ...missing];
}

function forwardOf(line: string): Forward {
  const [, address = "0.0.0.0", port = "", to = "", protocol = ""] = /^(?:(.*)\/)?(\d+):(\d+) (\S+)$/.exec(line) ?? [];
  return `${protocol}/${address}/${port}/${to}`;
}
