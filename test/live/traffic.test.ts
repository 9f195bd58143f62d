import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

function withNat(body: (site: Site, network: TestNetwork) => Promise<void>): Promise<void> {
  return withNetwork((network) => withSite((site) => body(site, network), { network }));
}

function serving(text: string, network: Declared = {}): Declared {
  return {
    network: { mode: "nat", ...network },
    files: { "/www/index.html": { content: `${text}\n` } },
    command: ["sh", "-c", "busybox httpd -p 81 -h /www; exec busybox httpd -f -p 80 -h /www"],
  };
}

/** What a page says, asked for inside; null where it is refused. */
async function fetched(site: Site, place: string, name = "web"): Promise<string | null> {
  const { stdout, code } = await site.rig.cloister("exec", "-T", name, "--", "wget", "-q", "-O", "-", `http://${place}/`);
  return code === 0 ? stdout.trim() : null;
}

live("egress: what is allowed passes and nothing else, at once refused; root inside cannot change that", () =>
  withNat(async (site, network) => {
    const web = (allow: readonly string[]): Declared => ({ network: { mode: "nat", egress: { allow } } });
    site.declare({ web: web(["db:80"]), db: serving("from db") });
    await site.apply();
    const { identity, pid } = await site.seen();
    await until("the server", async () => (await fetched(site, "db")) === "from db");
    assert.is(await fetched(site, "db:81"), null);
    assert.is((await site.exec(["busybox", "nft", "flush", "ruleset"])).code, 127);
    assert.is.not((await site.exec(["ip", "link", "set", "eth0", "down"])).code, 0);
    const rules = () => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "nft", "list", "ruleset");
    const { traffic } = JSON.parse((await site.rig.expect(0, "status", "--json", "web")).stdout).environments[0];
    assert.equal(
      traffic.egress.map(({ rule, denies, packets }: Record<string, unknown>) => [rule, denies, Number(packets) > 0]),
      [
        ["db:80", false, true],
        ["all others", true, true],
      ],
    );
    assert.match((await site.rig.expect(0, "status")).stdout, /^ {2}egress: db:80 \d+ \(.*\), all others \d+ refused$/m);

    // Live, and what was counted stays counted.
    site.declare({ web: web(["db:80", "db:81"]), db: serving("from db") });
    assert.equal(await site.changes(), ["update web.network.egress"]);
    await site.apply();
    assert.is(await fetched(site, "db:81"), "from db");
    assert.match(rules(), /packets [1-9]\d* bytes \d+ accept comment "db:80"/);
    site.declare({ web: web([]), db: serving("from db") });
    await site.apply();
    assert.is(await fetched(site, "db"), null);
    site.declare({ web: { network: { mode: "nat" } }, db: serving("from db") });
    assert.equal(await site.changes(), ["destroy web.network.egress"]);
    await site.apply();
    assert.is(rules(), "");
    assert.is(await fetched(site, "db:81"), "from db");
    assert.is((await site.seen()).identity, identity);
  }),
);

live("every form of peer is as the kernel shows it: nothing is left to do, and each says who", () =>
  withNat(async (site, network) => {
    const allow = [
      "dns",
      "host",
      "*:443",
      "10.0.0.0/8:5432",
      "10.1.3.0/23",
      "192.0.2.7:53/udp",
      "0.0.0.0/0:7000-7010",
      "[2001:db8::/33]:80",
    ];
    const peers = [...allow, "[2001:db8::5]", "[::]", "172.16.0.0/12:1-65535/udp", "localhost:8443"];
    const deny = ["10.9.0.0/16", "db", "[fe80::/10]"];
    const web = {
      dns: ["192.0.2.53", "2001:db8::53"],
      network: { mode: "nat", egress: { allow: peers, deny }, ingress: { deny: ["*:22", "host:1-9"] } },
    };
    site.declare({ web, db: { network: { mode: "nat" } } });
    await site.apply();
    const { pid } = await site.seen();
    const listing = network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "nft", "list", "table", "inet", "cloister");
    for (const one of [...peers, ...deny, "*:22"]) assert.ok(listing.includes(`comment "${one}"`), `${one}\n${listing}`);
    assert.ok(/ip daddr 127\.0\.0\.1 tcp dport 8443 .*comment "localhost:8443"/.test(listing), listing);
  }),
);

live("a name that the host cannot look up is told, and the environment does not start half open", () =>
  withNat(async (site) => {
    site.declare({ web: { network: { mode: "nat", egress: { allow: ["no-such-name.invalid:443"] } } } });
    const { stdout, stderr } = await site.rig.expect(1, "apply", "--yes");
    assert.match(stdout + stderr, /the host cannot look up no-such-name\.invalid/);
    assert.is((await site.status()).state, "absent");
  }),
);

live("ingress: only who is allowed gets in, by a published port too", () =>
  withNat(async (site) => {
    site.declare({
      web: serving("from web", { ingress: { allow: ["db:80"] } }),
      db: { network: { mode: "nat" } },
      other: { network: { mode: "nat" } },
    });
    await site.apply();
    await until("the server", async () => (await fetched(site, "web", "db")) === "from web");
    assert.is(await fetched(site, "web:81", "db"), null);
    assert.is(await fetched(site, "web", "other"), null);
  }),
);

live("what somebody does to the rules is seen and put back, and connections that stand are not cut", () =>
  withNat(async (site, network) => {
    await site.stand({ network: { mode: "nat", egress: { allow: ["host:80"], deny: ["10.9.0.0/16"] }, ingress: { allow: [] } } });
    const { identity, pid } = await site.seen();
    const nft = (...words: readonly string[]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "nft", ...words);
    const handle = (comment: string) => new RegExp(`comment "${comment}" # handle (\\d+)`).exec(nft("-a", "list", "ruleset"))?.[1] ?? "";
    const listing = nft("list", "ruleset");
    const drifts: readonly (readonly [what: string, act: () => unknown, addresses: readonly string[]])[] = [
      ["a rule is gone", () => nft("delete", "rule", "inet", "cloister", "egress", "handle", handle("host:80")), ["network.egress.rules"]],
      ["another rule", () => nft("insert", "rule", "inet", "cloister", "egress", "accept"), ["network.egress.rules"]],
      [
        "another rule under the name of one",
        () =>
          nft("replace", "rule", "inet", "cloister", "egress", "handle", handle("host:80"), "counter", "accept", "comment", '"host:80"'),
        ["network.egress.rules"],
      ],
      [
        "a verdict by way of a set",
        () => nft("add", "rule", "inet", "cloister", "ingress", "tcp", "dport", "{ 22, 80 }", "accept"),
        ["network.ingress.rules"],
      ],
      ["the policy", () => nft("add", "chain", "inet", "cloister", "ingress", "{ policy accept; }"), ["network.ingress.hook"]],
      ["a chain is emptied", () => nft("flush", "chain", "inet", "cloister", "ingress"), ["network.ingress.rules"]],
      ["another chain", () => nft("add", "chain", "inet", "cloister", "other"), ["network.rules_inside.other"]],
      ["the table is gone", () => nft("delete", "table", "inet", "cloister"), ["network.egress", "network.ingress"]],
    ];
    for (const [what, act, addresses] of drifts) {
      act();
      const findings = (await driftOf(site, 2)).findings.map(({ address }) => address);
      assert.equal(
        findings.sort(),
        addresses.map((one) => `web.${one}`),
        what,
      );
      await site.apply();
      assert.is(nft("list", "ruleset"), listing, what);
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

test.run();
