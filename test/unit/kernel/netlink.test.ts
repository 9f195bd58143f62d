import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAddresses, parseLinks, parseRoutes } from "../../../src/kernel/netlink.ts";

/** Messages of Linux 6.18, as the shim passes them on. */
const captured = (kind: string) => readFileSync(`test/unit/kernel/captures/netlink-${kind}.hex`, "utf8").trim();

const links = parseLinks(captured("links"));
const indexOf = (name: string) => [...links.values()].find((link) => link.name === name)?.index ?? 0;

test("links: up or down, their bridge, MTU and MAC address", () => {
  assert.equal([...links.values()].map(({ name }) => name).sort(), ["cl-aaaaaaaa", "clb-aaaaaa", "eth0", "lo"]);
  const end = links.get(indexOf("cl-aaaaaaaa"));
  assert.equal([end?.up, end?.master, end?.mtu], [true, indexOf("clb-aaaaaa"), 1400]);
  const inside = links.get(indexOf("eth0"));
  assert.equal([inside?.up, inside?.master, inside?.macAddress], [true, null, "02:00:00:00:00:05"]);
  assert.equal([end?.kind, end?.lower, links.get(indexOf("clb-aaaaaa"))?.kind], ["veth", inside?.index, "bridge"]);
});

test("addresses: with the length of their prefix, those of the kernel's own making told apart", () => {
  const own = parseAddresses(captured("addresses")).filter(({ index }) => index === indexOf("eth0"));
  assert.equal(
    own.filter(({ linkLocal }) => !linkLocal).map(({ address }) => address),
    ["10.213.0.5/24", "fd00:1:0:1::5/64"],
  );
});

test("routes: those that somebody set, in the main table", () => {
  const said = parseRoutes(captured("routes")).map(({ destination, via, index }) => [destination, via, links.get(index)?.name]);
  assert.equal(said, [
    ["default", null, "eth0"],
    ["192.0.2.0/24", "10.213.0.1", "eth0"],
    ["default", "fd00:1:0:1::1", "eth0"],
  ]);
});

test("addresses with another end, and routes with a metric and somebody who set them, say so", () => {
  const [local, peer] = ["08000200c0000201", "08000100c0000209"];
  assert.equal(
    [[local, peer], [peer], [local, local.replace("0200c", "0100c")]].map(
      (attributes) => parseAddresses(message(`0220800003000000${attributes.join("")}`))[0]?.address,
    ),
    ["192.0.2.1 peer 192.0.2.9/32", "192.0.2.9/32", "192.0.2.1/32"],
  );
  const route = (family: string, protocol: string, metric: string) =>
    parseRoutes(message(`${family}000000fe${protocol}000100000000${metric}`)).map((one) => [one.metric, one.protocol]);
  assert.equal(route("02", "03", ""), [[null, null]]);
  assert.equal(route("02", "04", "0800060064000000"), [[100, 4]]);
  assert.equal(route("0a", "03", "0800060000040000"), [[null, null]]);
  assert.equal(route("0a", "03", "0800060001040000"), [[1025, null]]);
});

test("only IPv6 addresses are the kernel's own making for the link", () => {
  const link = (family: string, address: string) =>
    parseAddresses(message(`${family}1080fd03000000${address}`)).map((one) => one.linkLocal);
  assert.equal(link("02", "08000100a9fe0101"), [false]);
  assert.equal(link("0a", `14000100fe80${"0".repeat(27)}1`), [true]);
});

/** A message of netlink with this behind its header. */
function message(body: string): string {
  const size = (16 + body.length / 2).toString(16).padStart(2, "0");
  return `${size}000000${"0".repeat(24)}${body}`;
}

test("what was cut is read as far as it goes, and nothing is made up", () => {
  const whole = captured("links");
  for (const length of [0, 8, 33, 200, whole.length / 2])
    assert.is(parseLinks(whole.slice(0, length - (length % 2))).size <= links.size, true);
  assert.equal([...parseLinks("")], []);
  assert.equal(parseRoutes("zz"), []);
});

test.run();
