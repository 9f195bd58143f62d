import { execFileSync } from "node:child_process";
import type { DriftKind, Place } from "./place.ts";
import { busyboxInside, doing, fromInside, fromOutside } from "./place.ts";

/** A command on the host, which is the test's own network namespace. */
function onHost(...words: readonly [string, ...string[]]): (place: Place) => undefined {
  return doing(({ network }) => network?.run(...words));
}

/** The same with words that depend on the place. */
function onHostWith(words: (place: Place) => readonly [string, ...string[]]): (place: Place) => undefined {
  return doing((place) => place.network?.run(...words(place)));
}

/** A command of the host's root in the environment's network namespace. */
function within(...words: readonly string[]): (place: Place) => undefined {
  return doing(({ seen }) =>
    execFileSync("nsenter", [`--net=/proc/${seen.pid}/ns/net`, "--", ...words], { stdio: ["ignore", "pipe", "pipe"] }),
  );
}

const bridgeOf = ({ network }: Place) => /: (clb-[0-9a-f]{6}): /.exec(network?.run("ip", "-o", "link") ?? "")?.[1] ?? "no bridge";
const endOf = ({ seen }: Place) => `cl-${seen.id}`;
const tableOf = ({ site }: Place) => `cloister_${site.rig.project}`;
const addressOf = ({ seen }: Place) =>
  / (10\.\S+)\//.exec(
    execFileSync("nsenter", [`--net=/proc/${seen.pid}/ns/net`, "--", "ip", "-4", "-o", "address", "show", "dev", "eth0"], {
      encoding: "utf8",
    }),
  )?.[1] ?? "";

const [inside, outside] = [
  { ...fromInside, found: ["network.eth0"] },
  { ...fromOutside, found: ["network.eth0"] },
];
const port = 'network.ports["127.0.0.1:8080"]';

/** What is done to networks. */
export const networkKinds: readonly DriftKind[] = [
  { name: "eth0 down", ...inside, inject: busyboxInside("ip", "link", "set", "eth0", "down") },
  { name: "address gone", ...inside, inject: busyboxInside("ip", "address", "flush", "dev", "eth0") },
  { name: "another address", ...inside, inject: busyboxInside("ip", "address", "add", "10.9.9.9/32", "dev", "eth0") },
  { name: "default route gone", ...inside, inject: busyboxInside("ip", "route", "del", "default") },
  { name: "another route", ...inside, inject: busyboxInside("ip", "route", "add", "192.0.2.0/24", "via", "10.213.0.1") },
  { name: "MTU", ...inside, inject: busyboxInside("ip", "link", "set", "eth0", "mtu", "1300") },
  { name: "eth0 gone", ...inside, inject: busyboxInside("ip", "link", "del", "eth0") },
  { name: "MAC address", ...outside, inject: within("ip", "link", "set", "eth0", "address", "02:00:00:00:00:77") },
  { name: "host's end of eth0 down", ...outside, inject: onHostWith((place) => ["ip", "link", "set", endOf(place), "down"]) },
  { name: "host's end of eth0 in no bridge", ...outside, inject: onHostWith((place) => ["ip", "link", "set", endOf(place), "nomaster"]) },
  {
    ...{ name: "host's end of eth0 in another network namespace", ...outside },
    inject: async (place) => {
      const { pid } = await place.site.seen("busy");
      place.network?.run("ip", "link", "set", endOf(place), "netns", String(pid));
      return undefined;
    },
  },
  {
    ...{ name: "bridge down", ...fromOutside, found: ["network.bridge"] },
    inject: onHostWith((place) => ["ip", "link", "set", bridgeOf(place), "down"]),
  },
  {
    ...{ name: "another address of the bridge", ...fromOutside, found: ["network.bridge"] },
    inject: onHostWith((place) => ["ip", "address", "add", "10.8.8.8/24", "dev", bridgeOf(place)]),
  },
  {
    ...{ name: "bridge deleted", ...fromOutside, found: ["network.bridge", "network.eth0.host_end"] },
    inject: onHostWith((place) => ["ip", "link", "del", bridgeOf(place)]),
  },
  {
    ...{ name: "route_localnet of the bridge switched off", ...fromOutside, found: ["network.bridge.route_localnet"] },
    inject: onHostWith((place) => ["sh", "-c", `echo 0 >/proc/sys/net/ipv4/conf/${bridgeOf(place)}/route_localnet`]),
  },
  {
    ...{ name: "IPv6 of the bridge switched off", ...fromOutside, found: ["network.bridge"] },
    inject: onHostWith((place) => ["sh", "-c", `echo 1 >/proc/sys/net/ipv6/conf/${bridgeOf(place)}/disable_ipv6`]),
  },
  {
    ...{ name: "route for answers to ::1 gone", ...fromOutside, found: ["network.bridge.loopback"] },
    inject: onHostWith((place) => ["ip", "-6", "route", "del", "local", "::1", "dev", bridgeOf(place), "table", "local"]),
  },
  {
    ...{ name: "rule for answers to ::1 deleted", ...fromOutside, found: ["network.rules.netdev/loopback"] },
    inject: onHostWith((place) => ["nft", "flush", "chain", "netdev", tableOf(place), "loopback"]),
  },
  {
    ...{ name: "IPv6 of eth0 switched off", ...outside },
    inject: within("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6"),
  },
  {
    ...{ name: "forwarding switched off", ...fromOutside, found: ["network.forwarding"] },
    inject: onHost("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"),
  },
  {
    ...{ name: "rule deleted", ...fromOutside, found: ["network.rules.postrouting"] },
    inject: onHostWith((place) => ["nft", "flush", "chain", "inet", tableOf(place), "postrouting"]),
  },
  {
    ...{ name: "rule added", ...fromOutside, found: ["network.rules.prerouting"] },
    inject: onHostWith((place) => ["nft", "add", "rule", "inet", tableOf(place), "prerouting", "counter", "accept"]),
  },
  {
    ...{ name: "chain added", ...fromOutside, found: ["network.rules.other"] },
    inject: onHostWith((place) => ["nft", "add", "chain", "inet", tableOf(place), "other"]),
  },
  {
    ...{ name: "table deleted", ...fromOutside, found: ["network.rules", port, 'network.ports["[::1]:8080"]'] },
    inject: onHostWith((place) => ["nft", "delete", "table", "inet", tableOf(place)]),
  },
  {
    ...{ name: "port taken away", ...fromOutside, found: [port] },
    inject: onHostWith((place) => ["nft", "flush", "map", "inet", tableOf(place), "one4"]),
  },
  {
    ...{ name: "port added", ...fromOutside, found: ['network.ports["127.0.0.1:9999"]'] },
    inject: onHostWith((place) => [
      ...(["nft", "add", "element", "inet", tableOf(place), "one4"] as const),
      `{ 127.0.0.1 . tcp . 9999 : ${addressOf(place)} . 80 }`,
    ]),
  },
  {
    ...{ name: "rule of egress deleted", ...fromOutside, found: ["network.egress"] },
    inject: within("nft", "flush", "chain", "inet", "cloister", "egress"),
  },
  {
    ...{ name: "rule of egress added", ...fromOutside, found: ["network.egress"] },
    inject: within("nft", "insert", "rule", "inet", "cloister", "egress", "accept"),
  },
  {
    ...{ name: "table of egress deleted", ...fromOutside, found: ["network.egress"] },
    inject: within("nft", "delete", "table", "inet", "cloister"),
  },
  {
    ...{ name: "chain inside added", ...fromOutside, found: ["network.rules_inside"] },
    inject: within("nft", "add", "chain", "inet", "cloister", "other"),
  },
];
