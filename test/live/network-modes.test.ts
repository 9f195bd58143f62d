import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** A site on a host with two networks: the bridge br0 (192.0.2.1), and eth0, behind which is another host with 198.51.100.1. */
function withNetworks(body: (site: Site, network: TestNetwork, beyond: TestNetwork) => Promise<void>): Promise<void> {
  return withNetwork((beyond) =>
    withNetwork(async (network) => {
      network.run("ip", "link", "add", "br0", "type", "bridge");
      network.run("ip", "address", "add", "192.0.2.1/24", "dev", "br0");
      network.run("ip", "link", "set", "br0", "up");
      network.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "down0", "netns", beyond.file);
      network.run("ip", "link", "set", "eth0", "up");
      beyond.run("ip", "address", "add", "198.51.100.1/24", "dev", "down0");
      beyond.run("ip", "link", "set", "down0", "up");
      try {
        await withSite((site) => body(site, network, beyond), { network });
      } finally {
        network.run("ip", "link", "del", "br0");
        network.run("ip", "link", "del", "eth0");
      }
    }),
  );
}

const bridged = (declared: Declared = {}): Declared => ({
  network: { mode: "bridge", bridge: "br0", address: "192.0.2.5/24", routes: { default: "192.0.2.1" }, ...declared },
});

const macvlan = (declared: Declared = {}): Declared => ({
  network: { mode: "macvlan", parent: "eth0", address: "198.51.100.5/24", ...declared },
});

function pinged(network: TestNetwork, pid: number, address: string): boolean {
  try {
    network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "busybox", "ping", "-c", "1", "-W", "3", address);
    return true;
  } catch {
    return false;
  }
}

live("bridge: eth0 in a bridge of the host, which is as it was afterwards; what is changed behind our back is put back in place", () =>
  withNetworks(async (site, network) => {
    await site.stand(bridged());
    const { identity, pid, id } = await site.seen();
    assert.is(pinged(network, pid, "192.0.2.1"), true);
    assert.match(await site.inside("ip", "route"), /^default via 192\.0\.2\.1 dev eth0/m);
    assert.not.match(network.run("ip", "-o", "link"), /clb-/);
    assert.is(network.run("nft", "list", "ruleset"), "");
    const within = (...words: readonly [string, ...string[]]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words);
    for (const [what, act, fields] of [
      ["the link is gone", () => within("ip", "link", "del", "eth0"), ["network.eth0"]],
      ["in no bridge", () => network.run("ip", "link", "set", `cl-${id}`, "nomaster"), ["network.eth0.host_end"]],
      ["another address", () => within("ip", "address", "add", "192.0.2.77/24", "dev", "eth0"), ["network.eth0.addresses"]],
      ["the route is gone", () => within("ip", "route", "del", "default"), ["network.eth0.routes"]],
    ] as const) {
      act();
      assert.equal(
        (await driftOf(site, 2)).findings.map(({ address }) => address),
        fields.map((field) => `web.${field}`),
        what,
      );
      await site.apply();
      assert.is(pinged(network, pid, "192.0.2.1"), true, what);
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

live("bridge: the MTU of another port, and so of the bridge, is nobody's drift; a declared one is kept", () =>
  withNetworks(async (site, network) => {
    site.declare({ web: bridged(), db: bridged({ address: "192.0.2.6/24", mtu: 1400 }) });
    await site.apply();
    assert.match(network.run("ip", "link", "show", "br0"), / mtu 1400 /);
    assert.equal((await driftOf(site, 0)).findings, []);
    const { pid } = await site.seen("db");
    network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", "link", "set", "eth0", "mtu", "1300");
    assert.equal(
      (await driftOf(site, 2)).findings.map(({ address }) => address),
      ["db.network.eth0.mtu"],
    );
    await site.apply();
    assert.equal((await driftOf(site, 0)).findings, []);
  }),
);

live("bridge: what a router announces is no drift", () =>
  withNetworks(async (site, network) => {
    await site.stand(bridged());
    const { pid } = await site.seen();
    // As the kernel keeps what it was told: for a time, by the protocol ra.
    const within = (...words: readonly [string, ...string[]]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words);
    within("ip", "address", "add", "2001:db8::77/64", "dev", "eth0", "valid_lft", "900", "preferred_lft", "900", "nodad");
    within("ip", "route", "add", "default", "via", "2001:db8::1", "dev", "eth0", "proto", "ra");
    assert.equal((await driftOf(site, 0)).findings, []);
    within("ip", "route", "change", "default", "via", "2001:db8::1", "dev", "eth0", "proto", "static");
    assert.equal(
      (await driftOf(site, 2)).findings.map(({ address }) => address),
      ["web.network.eth0.routes"],
    );
  }),
);

live("macvlan: eth0 is a second interface on the network of one of the host's, which is as it was", () =>
  withNetworks(async (site, network) => {
    await site.stand(macvlan());
    const { identity, pid } = await site.seen();
    assert.is(pinged(network, pid, "198.51.100.1"), true);
    assert.not.match(network.run("ip", "-o", "link"), /cl-|macvlan/);
    network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", "link", "del", "eth0");
    assert.equal(await site.changes(), ["create web.network.eth0"]);
    await site.apply();
    assert.is(pinged(network, pid, "198.51.100.1"), true);
    site.declare({ web: macvlan({ egress: { deny: ["198.51.100.1"] } }) });
    await site.apply();
    assert.is(pinged(network, pid, "198.51.100.1"), false);
    assert.is((await site.seen()).identity, identity);
  }),
);

live("none, nat, bridge and macvlan become one another in place, and nothing of the one is left with the other", () =>
  withNetworks(async (site, network) => {
    const modes: Readonly<Record<string, Declared>> = {
      none: {},
      nat: { network: { mode: "nat" } },
      bridge: bridged(),
      macvlan: macvlan(),
    };
    const traces: Readonly<Record<string, RegExp>> = { nat: /clb-|inet cloister_/, bridge: /cl-[a-z2-7]{8}@/ };
    await site.stand();
    const { identity, pid } = await site.seen();
    const names = Object.keys(modes);
    const path = names.flatMap((from) => names.filter((to) => to !== from).flatMap((to) => [from, to]));
    for (const name of path) {
      site.declare({ web: modes[name] ?? {} });
      await site.apply();
      const host = `${network.run("ip", "-o", "link")}${network.run("nft", "list", "tables")}`;
      for (const [mode, trace] of Object.entries(traces))
        assert.is(trace.test(host), mode === name || (name === "nat" && mode === "bridge"), `${mode} with ${name}`);
      const own = network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", "-o", "link");
      assert.is(own.includes("eth0"), name !== "none", name);
      assert.is((await site.seen()).identity, identity, name);
    }
  }),
);

live("two that leave the project's network at the same time leave nothing of it; while one stays, it stays", () =>
  withNetworks(async (site, network) => {
    const nat: Declared = { network: { mode: "nat" } };
    site.declare({ web: nat, db: nat, cache: nat });
    await site.apply();
    site.declare({ web: bridged(), db: nat, cache: nat });
    await site.apply();
    assert.match(network.run("ip", "-o", "link"), /clb-/);
    site.declare({ web: bridged(), db: bridged({ address: "192.0.2.6/24" }), cache: macvlan() });
    await site.apply();
    assert.not.match(network.run("ip", "-o", "link"), /clb-/);
    assert.is(network.run("nft", "list", "tables"), "");
    assert.is(network.run("cat", "/proc/sys/net/ipv4/ip_forward"), "0\n");
  }),
);

live("a bridge or a parent that is not there, or is none, is told by the plan and refused before anything is done", () =>
  withNetworks(async (site, network) => {
    network.run("ip", "link", "add", "dummy0", "type", "veth", "peer", "name", "port0");
    network.run("ip", "link", "set", "port0", "master", "br0");
    await until("the kernel's own addresses", () => !network.run("ip", "address").includes("tentative"));
    // Whether there is a cable the kernel tells itself later.
    const seen = () => network.seen().replaceAll(" linkdown", "");
    const before = seen();
    for (const [declared, message] of [
      [bridged({ bridge: "br7" }), /web\.network\.bridge: the host has no interface br7/],
      [bridged({ bridge: "dummy0" }), /web\.network\.bridge: the host has no bridge dummy0/],
      [macvlan({ parent: "eth7" }), /web\.network\.parent: the host has no interface eth7/],
      [macvlan({ parent: "port0" }), /web\.network\.parent: port0 is in a bridge/],
      [macvlan({ parent: "lo" }), /web\.network\.parent: lo has no network behind it/],
    ] as const) {
      site.declare({ web: declared });
      assert.match((await site.rig.expect(0, "plan")).stdout, message);
      const { stderr } = await site.rig.expect(1, "apply", "--yes");
      assert.match(stderr, message);
      assert.is(stderr.includes("network/not-there"), true);
      assert.is(seen(), before);
    }
    network.run("ip", "link", "del", "dummy0");
  }),
);

live("join: the network of another environment, whose page is on the loopback; it is made anew with that", () =>
  withNetworks(async (site) => {
    const db: Declared = {
      files: { "/www/index.html": { content: "from db\n" } },
      command: ["sh", "-c", "busybox httpd -p 80 -h /www; exec sleep 1000000"],
    };
    site.declare({ web: { network: { mode: "join", join: "db" } }, db });
    await site.apply();
    const [web, other] = [await site.seen(), await site.seen("db")];
    assert.is(web.namespaces.net, other.namespaces.net);
    await until("the page", async () => (await site.exec(["wget", "-q", "-O", "-", "http://127.0.0.1/"])).stdout === "from db\n");
    site.declare({ web: {}, db });
    const plan: { readonly changes: readonly { readonly live_update: string }[] } = JSON.parse(
      (await site.rig.expect(0, "plan", "--json")).stdout,
    );
    assert.is(
      plan.changes.some(({ live_update }) => live_update === "recreate"),
      true,
    );
    await site.apply();
    assert.is.not((await site.seen()).namespaces.net, other.namespaces.net);
    assert.is((await site.seen("db")).identity, other.identity);
  }),
);

live("a network that was another's stays that one's when its file or its owner is gone", () =>
  withNetworks(async (site, _network, beyond) => {
    beyond.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth9");
    symlinkSync(beyond.file, join(site.rig.directory, "lab.ns"));
    await site.stand({ network: { mode: "path", path: "./lab.ns" } });
    rmSync(join(site.rig.directory, "lab.ns"));
    await site.stand(bridged());
    assert.match(beyond.run("ip", "-o", "link"), / eth0@eth9: /);
    assert.match(await site.inside("ip", "address"), /192\.0\.2\.5/);
    site.declare({ web: { network: { mode: "join", join: "db" } }, db: {} });
    await site.apply();
    const { identity, namespaces, pid } = await site.seen();
    // The number of one that is gone may be given to another.
    const held = openSync(`/proc/${pid}/ns/net`, "r");
    try {
      process.kill((await site.seen("db")).pid, "SIGKILL");
      await until("the end of db", async () => (await site.changes()).some((change) => / db\b/.test(change)));
      site.declare({ web: {}, db: {} });
      await site.apply();
      const anew = await site.seen();
      assert.is.not(anew.identity, identity);
      assert.is.not(anew.namespaces.net, namespaces.net);
    } finally {
      closeSync(held);
    }
  }),
);

live("path: the namespace that a file is of, by a mount or by a link; what is of none, or the host's own, is refused", () =>
  withNetworks(async (site, network, beyond) => {
    const directory = join(site.rig.directory, "..", "pinned");
    mkdirSync(directory);
    const file = join(directory, "net");
    writeFileSync(file, "");
    const at = (path: string): Declared => ({ network: { mode: "path", path } });
    try {
      execFileSync("mount", ["--bind", beyond.file, file]);
      for (const path of [file, beyond.file]) {
        await site.stand(at(path));
        assert.match(await site.inside("ip", "address"), /198\.51\.100\.1/);
      }
      symlinkSync(beyond.file, join(site.rig.directory, "lab.ns"));
      await site.stand(at("./lab.ns"));
      site.rig.write("text", "none\n");
      for (const [path, message] of [
        ["./text", /web\.network\.path: \S+text is the file of no net namespace/],
        [beyond.file.replace(/net$/, "uts"), /is the file of no net namespace/],
        [network.file, /is the host's own net namespace/],
      ] as const) {
        site.declare({ web: at(path) });
        assert.match((await site.rig.expect(1, "apply", "--yes")).stderr, message);
      }
      await site.stand();
    } finally {
      execFileSync("umount", [file]);
      rmSync(directory, { recursive: true });
    }
  }),
);

test.run();
