import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NftRule } from "../../../src/kernel/nftables.ts";
import type { Environment } from "../../../src/model/environment.ts";
import type { Lease } from "../../../src/model/resource.ts";
import { traffic } from "../../../src/resources/traffic.ts";
import { hookOf, wantedRules } from "../../../src/resources/traffic-rules.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const lease: Lease = {
  addresses: ["10.213.0.5/24", "fd00::5/64"],
  gateways: ["10.213.0.1/24", "fd00::1/64"],
  names: new Map([["db", ["10.213.0.7", "fd00::7"]]]),
  namesBefore: new Map(),
};
const dns: Environment["dns"] = { host: "search example.org\nnameserver 192.0.2.53\n" };

function scopeOf(egress: string): ReturnType<typeof sampleScope> {
  const scope = sampleScope(`network: { mode: nat, egress: ${egress} }`);
  return { ...scope, lease, environment: { ...scope.environment, dns } };
}

function rulesOf(egress: string): readonly string[] {
  const declared = scopeOf(egress).environment.network.egress;
  assert.ok(declared);
  // The first six hold for everybody.
  return wantedRules("egress", declared, { dns, lease })
    .slice(6)
    .map(({ nft, comment }) => `${nft} # ${comment}`);
}

test("names of the project, the host and the name servers are what they stand for", () => {
  assert.equal(rulesOf('{ allow: [dns, "db:5432", host] }'), [
    "meta nfproto ipv4 ip daddr 192.0.2.53 udp dport 53 counter accept # dns",
    "meta nfproto ipv4 ip daddr 192.0.2.53 tcp dport 53 counter accept # dns",
    "meta nfproto ipv4 ip daddr 10.213.0.7 tcp dport 5432 counter accept # db:5432",
    "meta nfproto ipv6 ip6 daddr fd00::7 tcp dport 5432 counter accept # db:5432",
    "meta nfproto ipv4 ip daddr 10.213.0.1 counter accept # host",
    "meta nfproto ipv6 ip6 daddr fd00::1 counter accept # host",
    "counter reject with icmpx admin-prohibited # all others",
  ]);
});

test("what is denied comes first; without a list of what is allowed the rest passes", () => {
  assert.equal(rulesOf('{ deny: ["*:25"] }'), ["tcp dport 25 counter reject with icmpx admin-prohibited # *:25"]);
  assert.equal(
    rulesOf('{ allow: ["*:25-26/udp"], deny: ["10.0.0.0/8"] }').map((rule) => rule.replace(/ counter.* # /, " # ")),
    [
      "meta nfproto ipv4 ip daddr 10.0.0.0/8 # 10.0.0.0/8",
      "udp dport 25-26 # *:25-26/udp",
      "counter reject with icmpx admin-prohibited # all others",
    ],
  );
  assert.is(hookOf("egress", { allow: null, deny: [] }), "type filter hook output priority 0; policy accept");
});

/** The chain as the kernel would show it, a name that was looked up at one address. */
function asMade(egress: string, address: string): { readonly hook: string; readonly rules: readonly NftRule[] } {
  const want = traffic.want(scopeOf(egress), { get: () => ({ absent: "" }) }).get("egress");
  assert.ok(want);
  const rules = want.rules.map(({ line, comment, name }) => ({
    ...{ family: "inet", table: "cloister", chain: "egress", comment, packets: 3, bytes: 180 },
    line: name === undefined ? line : `meta15 == 02; network+16/4 == ${address}; ${line}`,
  }));
  return { hook: want.hook, rules };
}

test("a name that was looked up is one rule for each address; a change keeps what was counted, and the address where it is not known any more", () => {
  const egress = '{ allow: ["deb.example:443", "10.0.0.0/8"] }';
  const scope = scopeOf(egress);
  const want = traffic.want(scope, { get: () => ({ absent: "" }) }).get("egress");
  assert.ok(want);
  const have = asMade(egress, "c0000205");
  assert.equal(traffic.compare(want, have), []);
  const lost = { ...have, rules: have.rules.filter(({ comment }) => comment !== "deb.example:443") };
  assert.equal(
    traffic.compare(want, lost).map(({ want: missing, have: extra }) => [missing, extra]),
    [["deb.example:443", "nothing more"]],
  );
  const steps = traffic.update({ scope, key: "egress", want, have, facts: { get: () => ({ absent: "" }) } });
  const input = Array.isArray(steps) ? steps.map((step) => step.input).join("") : "";
  assert.match(input, /^for deb\.example daddr add rule inet cloister egress @ tcp dport 443 counter accept comment "deb\.example:443"$/m);
  assert.match(
    input,
    /^else add rule inet cloister egress meta nfproto ipv4 ip daddr 192\.0\.2\.5 tcp dport 443 counter packets 3 bytes 180 accept /m,
  );
  assert.match(input, /^add rule inet cloister egress meta nfproto ipv4 ip daddr 10\.0\.0\.0\/8 counter packets 3 bytes 180 accept /m);
  assert.not.match(input, /or fail/);
});

test.run();
