import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { pageAt, withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

function withNat(body: (site: Site, network: TestNetwork) => Promise<void>): Promise<void> {
  return withNetwork((network) => withSite((site) => body(site, network), { network }));
}

const web = (network: Declared): Declared => ({
  network: { mode: "nat", ports: { "8080": 80 }, ...network },
  files: { "/www/index.html": { content: "from web\n" } },
  command: ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"],
});
const db: Declared = { network: { mode: "nat" } };

live("address, MAC address and MTU: as declared, changed in place with everything that names the environment, back again", () =>
  withNat(async (site, network) => {
    site.declare({ web: web({}), db });
    await site.apply();
    const { identity, pid } = await site.seen();
    const shown = (...words: readonly string[]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", "-o", ...words);
    await until("the server", () => pageAt(network, "127.0.0.1:8080"));
    const first = { address: "10.213.0.200", mac_address: "02:00:00:00:AA:05", mtu: 1400 };
    for (const declared of [first, { address: "192.168.77.9" }, { address: "10.213.0.201", mac_address: "02:00:00:00:aa:06" }, {}]) {
      site.declare({ web: web(declared), db });
      await site.apply();
      assert.is((await site.seen()).identity, identity);
      const wanted: Partial<typeof first> = declared;
      if (wanted.address !== undefined) assert.match(shown("-4", "address", "show", "dev", "eth0"), new RegExp(` ${wanted.address}/24 `));
      if (wanted.mac_address !== undefined) assert.match(shown("link", "show", "dev", "eth0"), new RegExp(` ${wanted.mac_address} `, "i"));
      assert.match(shown("link", "show", "dev", "eth0"), new RegExp(` mtu ${wanted.mtu ?? 1500} `));
      assert.is(pageAt(network, "127.0.0.1:8080"), "from web");
      assert.is((await site.exec(["wget", "-q", "-O", "-", "http://web/"])).stdout, "from web\n");
      const { stdout } = await site.rig.expect(0, "exec", "-T", "db", "--", "wget", "-q", "-O", "-", "http://web/");
      assert.is(stdout, "from web\n");
    }
  }),
);

live("routes: by an address or an environment's name, the default one too, and back to the bridge", () =>
  withNat(async (site, network) => {
    const declare = (routes: Declared) =>
      site.declare({ web: { network: { mode: "nat", routes } }, db: { network: { mode: "nat", address: "10.213.0.9" } } });
    declare({ "10.9.1.7/16": "db", "2001:db8:0::/32": "db", "192.0.2.0/24": "10.213.0.1" });
    await site.apply();
    const { identity, pid } = await site.seen();
    const routes = () => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", "route");
    assert.match(routes(), /^10\.9\.0\.0\/16 via 10\.213\.0\.9 dev eth0/m);
    assert.match(routes(), /^default via 10\.213\.0\.1 dev eth0/m);
    declare({ default: "db" });
    assert.equal(await site.changes(), ["update web.network.eth0"]);
    await site.apply();
    assert.match(routes(), /^default via 10\.213\.0\.9 dev eth0/m);
    assert.not.match(routes(), /10\.9\.0\.0|192\.0\.2\.0/);
    declare({});
    await site.apply();
    assert.match(routes(), /^default via 10\.213\.0\.1 dev eth0/m);
    assert.is((await site.seen()).identity, identity);
  }),
);

live("what somebody changes of them is seen and put back", () =>
  withNat(async (site, network) => {
    await site.stand({
      network: { mode: "nat", address: "10.213.0.9", mac_address: "02:00:00:00:00:05", mtu: 1400, routes: { "10.9.0.0/16": "10.213.0.1" } },
    });
    const { identity, id, pid } = await site.seen();
    const within = (...words: readonly string[]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", ...words);
    const drifts: readonly (readonly [what: string, act: () => unknown, addresses: readonly string[]])[] = [
      ["MTU", () => within("link", "set", "eth0", "mtu", "1300"), ["network.eth0.mtu"]],
      ["MTU of the host's end", () => network.run("ip", "link", "set", `cl-${id}`, "mtu", "1300"), ["network.eth0.host_end"]],
      ["MAC address", () => within("link", "set", "eth0", "address", "02:00:00:00:00:06"), ["network.eth0.mac_address"]],
      ["another route", () => within("route", "add", "10.8.0.0/16", "via", "10.213.0.1"), ["network.eth0.routes"]],
      ["no route", () => within("route", "del", "10.9.0.0/16"), ["network.eth0.routes"]],
      ["a route by lo", () => within("route", "add", "192.0.2.0/24", "dev", "lo"), ["network.eth0.routes"]],
      ["a second default route", () => within("route", "add", "default", "via", "10.213.0.1", "metric", "50"), ["network.eth0.routes"]],
      [
        "another protocol",
        () => within("route", "replace", "10.9.0.0/16", "via", "10.213.0.1", "proto", "static"),
        ["network.eth0.routes"],
      ],
      ["another end", () => within("address", "add", "10.213.0.8", "peer", "192.0.2.9", "dev", "eth0"), ["network.eth0.addresses"]],
      [
        // The kernel takes the second away with the first.
        "two of a prefix",
        () => [1, 2].map((last) => within("address", "add", `198.18.0.${last}/24`, "dev", "eth0")),
        ["network.eth0.addresses"],
      ],
      ["another address first", () => within("address", "replace", "10.213.0.7/24", "dev", "eth0"), ["network.eth0.addresses"]],
    ];
    for (const [what, act, addresses] of drifts) {
      act();
      const findings = (await driftOf(site, 2)).findings.map(({ address }) => address);
      assert.equal(
        findings,
        addresses.map((one) => `web.${one}`),
        what,
      );
      await site.apply();
      assert.is((await site.seen()).identity, identity, what);
    }
  }),
);

live("an address that the host has a way to already is refused before anything is done", () =>
  withNat(async (site, network) => {
    network.run("ip", "link", "add", "lan0", "type", "bridge");
    network.run("ip", "address", "add", "192.168.5.1/16", "dev", "lan0");
    network.run("ip", "link", "set", "lan0", "up");
    site.declare({ web: { network: { mode: "nat", address: "192.168.77.9" } } });
    assert.match((await site.rig.expect(1, "apply", "--yes")).stderr, /engine\/no-range.*192\.168\.0\.0\/16 by lan0.*192\.168\.77\.9/);
    network.run("ip", "link", "del", "lan0");
  }),
);

test.run();
