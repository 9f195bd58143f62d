import type { Environment, PublishedPort } from "../model/environment.ts";
import { portRange } from "../model/environment.ts";
import { userAddress, userGateway, userSix } from "../model/network.ts";
import { insideLink } from "./nat-steps.ts";
import type { Part } from "./part.ts";
import { publishedPart } from "./uplink-ports.ts";

/** The interface of the host that a pasta was given for its IPv6; null: it has none. */
export function pastaSix(words: readonly string[]): string | null {
  return words.includes("--ipv4-only") ? null : (words[words.indexOf("--interface") + 1] ?? null);
}

/** What a pasta was told, in words for people: published ports by themselves. `listening`: where it listens, null where that is not to be asked. */
export function pastaPart(words: readonly string[], listening: readonly string[] | null): Part {
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
  const six = pastaSix(words);
  const isUsual = protocols.every(([, option]) => words.includes(option)) && rest.join(" ").startsWith(fixedWords(six).join(" "));
  return {
    uplink: isUsual ? `pasta${six === null ? " without IPv6" : ""}` : "pasta with other options",
    ...publishedPart(ports, listening),
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

/** What a pasta is to be told. */
export function pastaWords({ network: { ports = {} } }: Environment, six: string | null): readonly string[] {
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
