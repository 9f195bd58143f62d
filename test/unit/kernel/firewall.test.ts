import { test } from "uvu";
import * as assert from "uvu/assert";
import { forwardingBlocked } from "../../../src/kernel/firewall.ts";
import type { NftChain, NftRule } from "../../../src/kernel/nftables.ts";

const bridge = "clb-0a1b2c";
const asked = { bridge, families: ["inet", "ip"], own: "cloister_" };
const hexOf = (name: string, ended = true) => `${Buffer.from(name).toString("hex")}${ended ? "00" : ""}`;

/** A chain of the table ip filter, at the hook forward where it has a policy. */
const chain = (name: string, policy?: string): NftChain => ({
  ...{ family: "ip", table: "filter", name },
  hook: policy === undefined ? "" : `type filter hook forward priority 0; policy ${policy}`,
});
const rule = (name: string, line: string): NftRule => ({
  ...{ family: "ip", table: "filter", chain: name, line },
  ...{ comment: null, packets: 0, bytes: 0 },
});
const found = (chains: readonly NftChain[], rules: readonly NftRule[], more: Partial<typeof asked> = {}) =>
  forwardingBlocked({ chains, rules: () => rules }, { ...asked, ...more });

test("a policy of drop, and a last rule that drops or rejects whatever comes, are told; others are not", () => {
  const by = (policy: string, ...lines: readonly string[]) =>
    found(
      [chain("FORWARD", policy)],
      lines.map((line) => rule("FORWARD", line)),
    )?.where ?? null;
  assert.is(by("drop"), "table ip filter, chain FORWARD (policy drop)");
  assert.is(by("accept"), null);
  assert.is(by("drop", "meta6 == 657468300; accept", "counter; accept"), null);
  assert.is(by("accept", "ct0&06000000 != 00000000; accept", "counter; drop"), "table ip filter, chain FORWARD (drop)");
  assert.is(by("accept", "counter; reject 2 13"), "table ip filter, chain FORWARD (reject)");
  assert.is(by("accept", `counter; target 08${"00".repeat(3)}52454a45435400`), "table ip filter, chain FORWARD (reject)");
  assert.is(by("drop", "verdict -3 DOCKER-USER", "counter; verdict -3 other"), "table ip filter, chain FORWARD (policy drop)");
});

test("a rule of the same table that lets the bridge through, by its name or the beginning of it, is enough; one that drops it, or is of another bridge, is not", () => {
  const blocked = (line: string, more: Partial<typeof asked> = {}) =>
    found([chain("FORWARD", "drop"), chain("ufw-user-forward")], [rule("ufw-user-forward", line)], more) !== null;
  assert.not(blocked(`meta6 == ${hexOf(bridge)}; counter; accept`));
  assert.not(blocked(`meta7 == ${hexOf("clb-", false)}; accept`));
  assert.not(blocked(`meta6 == ${hexOf(bridge)}; verdict -4 trusted`));
  assert.ok(blocked(`meta6 == ${hexOf(bridge)}; drop`));
  assert.ok(blocked(`meta6 == ${hexOf("clb-0a1b2")}; accept`));
  assert.ok(blocked(`meta6 == ${hexOf("eth0")}; accept`));
  assert.not(blocked(`meta6 == ${hexOf(bridge)}; accept`, { bridge: "clb-*" }));
  assert.ok(blocked(`meta6 == ${hexOf("eth0")}; accept`, { bridge: "clb-*" }));
});

test("our own tables, other hooks and families that are not asked for are not looked at", () => {
  const drop = chain("FORWARD", "drop");
  assert.is(found([{ ...drop, table: "cloister_web" }], []), null);
  assert.is(found([{ ...drop, hook: drop.hook.replace("forward", "input") }], []), null);
  assert.is(found([{ ...drop, family: "ip6" }], []), null);
  assert.is(found([{ ...drop, family: "ip6" }], [], { families: ["ip6"] })?.where, "table ip6 filter, chain FORWARD (policy drop)");
});

test("the command that mends it is the firewall's own", () => {
  const fix = (...chains: readonly NftChain[]) => found(chains, [])?.fix ?? "";
  const drop = chain("FORWARD", "drop");
  assert.is(fix(drop), `iptables -I FORWARD -i ${bridge} -j ACCEPT && iptables -I FORWARD -o ${bridge} -j ACCEPT`);
  assert.match(fix(drop, chain("DOCKER-USER")), /^iptables -I DOCKER-USER -i /);
  assert.is(fix(drop, chain("ufw-user-forward")), `ufw route allow in on ${bridge} && ufw route allow out on ${bridge}`);
  assert.match(found([drop, chain("ufw-user-forward")], [], { bridge: "clb-*" })?.fix ?? "", /^ufw route allow in on BRIDGE && /);
  assert.match(fix({ ...drop, family: "inet", table: "firewalld", name: "filter_FORWARD" }), /^firewall-cmd .*--add-interface=clb-0a1b2c /);
  assert.is(
    fix({ ...drop, family: "inet", table: "own", name: "forward" }),
    `nft insert rule inet own forward iifname '"${bridge}"' accept && nft insert rule inet own forward oifname '"${bridge}"' accept`,
  );
});

test.run();
