import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainsIn, chainsText, listedChains, tableIn, wantedChains } from "../../../src/resources/nat-rules.ts";

const want = wantedChains({ bridge: "clb-aaaaaa" }, { gateways: ["10.213.0.1/24"] });

/** What nft 1.0.6 prints of the table that `want` makes, and of others around it. */
const listing = [
  "table inet cloister_t-other {",
  "\tchain postrouting {",
  "\t\ttype nat hook postrouting priority srcnat; policy accept;",
  "\t}",
  "}",
  "table inet cloister_t {",
  "\tmap any4 {",
  "\t\ttype inet_proto . inet_service : ipv4_addr . inet_service",
  "\t\telements = { tcp . 8080 : 10.213.0.5 . 80 }",
  "\t}",
  "",
  ...[...want].flatMap(([chain, lines]) => [`\tchain ${chain} {`, ...lines.map((line) => `\t\t${line}`), "\t}", ""]),
  "}",
  "",
].join("\n");

test("a table is found by its whole name, and its chains are read line by line", () => {
  assert.equal(listedChains(tableIn(listing, "cloister_t")), want);
  assert.is(tableIn(listing, "cloister"), null);
  assert.is(tableIn(null, "cloister_t"), null);
  assert.is(listedChains(tableIn(listing, "cloister_t-other"))?.size, 1);
});

test("the transaction empties what it fills, and takes away chains that are not ours or hang elsewhere", () => {
  const have = new Map([...want, ["other", ["counter"]], ["output", ["type nat hook output priority 5; policy accept;"]]] as const);
  const text = chainsText("cloister_t", want, have);
  assert.match(text, /^delete chain inet cloister_t other$/m);
  assert.match(text, /^delete chain inet cloister_t output$/m);
  assert.not.match(text, /delete chain inet cloister_t prerouting/);
  for (const chain of want.keys()) assert.match(text, new RegExp(`^flush chain inet cloister_t ${chain}$`, "m"));
  assert.not.match(text, /delete (table|element)/);
});

test("answers to ::1 have a table of the family netdev, which is read and made with the other one", () => {
  const six = wantedChains({ bridge: "clb-aaaaaa" }, { gateways: ["10.213.0.1/24", "fd00::1/64"], loopback: true });
  const [early] = [...six.keys()].filter((chain) => !want.has(chain));
  assert.is(early, "netdev/loopback");
  assert.equal(six.get("guard")?.slice(2), [
    'iifname "clb-aaaaaa" ip6 daddr ::1 drop',
    'iifname "lo" ip6 saddr fd00::/64 ip6 daddr ::1 drop',
  ]);
  assert.match(
    chainsText("cloister_t", six, null),
    /^add table netdev cloister_t$[\s\S]*^add chain netdev cloister_t loopback \{ type filter hook ingress/m,
  );
  const lines = six.get("netdev/loopback") ?? [];
  const also = ["table netdev cloister_t {", "\tchain loopback {", ...lines.map((line) => `\t\t${line}`), "\t}", "}", ""].join("\n");
  const seen = chainsIn(listing + also, "cloister_t");
  assert.equal(seen?.get("netdev/loopback"), lines);
  assert.match(chainsText("cloister_t", want, seen), /^delete chain netdev cloister_t loopback$/m);
});

test("what comes from the bridge for the host's loopback is dropped", () => {
  assert.equal(want.get("guard"), [
    "type filter hook prerouting priority raw; policy accept;",
    'iifname "clb-aaaaaa" ip daddr 127.0.0.0/8 drop',
  ]);
});

test.run();
