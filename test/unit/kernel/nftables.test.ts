import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesOfAddress } from "../../../src/kernel/netlink.ts";
import { addressIn, parseChains, parseRules } from "../../../src/kernel/nftables.ts";

/** Messages of Linux 6.18 about what nft 1.0.6 made of nftables.nft, as the shim passes them on. */
const captured = (kind: string) => readFileSync(`test/unit/kernel/captures/nftables-${kind}.hex`, "utf8").trim();
const rules = parseRules(captured("rules")).filter(({ table }) => table === "cloister");
const lineOf = (comment: string) => rules.find((rule) => rule.comment === comment)?.line;

test("chains: their tables, hooks and policies", () => {
  assert.equal(parseChains(captured("chains")), [
    { family: "inet", table: "cloister", name: "egress", hook: "type filter hook output priority 0; policy drop" },
    { family: "inet", table: "cloister", name: "ingress", hook: "type filter hook input priority -5; policy accept" },
    { family: "inet", table: "cloister", name: "other", hook: "" },
    { family: "inet", table: "another", name: "egress", hook: "type filter hook output priority 0; policy accept" },
  ]);
});

test("rules: what they ask and do, their comments and counters", () => {
  assert.equal(lineOf("prefix"), "meta15 == 02; network+16/1 == 0a; meta16 == 06; transport+2/2 == 1538; counter; accept");
  assert.equal(lineOf("seven"), "meta15 == 02; network+16/1&fe == 0a; accept");
  assert.equal(lineOf("six"), "meta15 == 0a; network+24/2&ff80 == fd00; accept");
  assert.equal(lineOf("range"), "meta16 == 11; transport+2/2 >= 0036; transport+2/2 <= 003c; drop");
  assert.equal(lineOf("state"), "ct0&06000000 != 00000000; accept");
  assert.equal(lineOf("lo"), "meta5 == 01000000; accept");
  assert.equal(lineOf("refused"), "counter; reject 2 3");
  assert.equal(lineOf("jump"), "verdict -3 other");
  const [counted] = rules.filter(({ comment }) => comment === "counted");
  assert.equal([counted?.chain, counted?.packets, counted?.bytes], ["ingress", 5_000_000_000, 7]);
});

test("what is not known to us is like nothing that is wanted", () => {
  assert.match(lineOf("set") ?? "", /lookup [0-9a-f]+; accept$/);
  assert.match(lineOf("limit") ?? "", /^limit [0-9a-f]+; accept$/);
});

test("an address is read out of a line, and a prefix is none", () => {
  assert.is(addressIn("meta15 == 02; network+16/4 == 0a090807; accept"), "10.9.8.7");
  assert.is(addressIn("network+24/16 == 20010db8000000000000000000000005; accept"), "2001:0db8:0000:0000:0000:0000:0000:0005");
  assert.is(addressIn(lineOf("prefix") ?? ""), null);
});

test("addresses of both families, with runs of zeros at any place", () => {
  assert.equal(bytesOfAddress("10.0.255.1"), [10, 0, 255, 1]);
  const six = (address: string) => Buffer.from(bytesOfAddress(address)).toString("hex");
  assert.is(six("::"), "0".repeat(32));
  assert.is(six("::1"), `${"0".repeat(31)}1`);
  assert.is(six("2001:db8::"), `20010db8${"0".repeat(24)}`);
  assert.is(six("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
  assert.is(six("::ffff:192.0.2.1"), `${"0".repeat(20)}ffffc0000201`);
});

test("what was cut is read as far as it goes", () => {
  const whole = captured("rules");
  for (let length = 0; length < whole.length; length += 34) assert.is(parseRules(whole.slice(0, length)).length <= 40, true);
});

test.run();
