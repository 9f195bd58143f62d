// timeout: 400 s
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { left, run, scripted, scriptOf } from "../support/scripts.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft", "shellcheck");

/** What a test does with a network that stands for the host's, in which it may run a script. */
function withNat(body: (site: Site, network: TestNetwork) => Promise<void>): Promise<void> {
  return withNetwork((network) => withSite((site) => body(site, network), { network }));
}

const ports = { "8080": 80, "127.0.0.1:53": "53/udp", "[::1]:8081": 81 };
const mac = "02:00:00:00:00:09";
const web: Declared = { overlay: "ephemeral", network: { mode: "nat", ports, mtu: 1400, mac_address: mac } };
const vpn: Declared = { overlay: "ephemeral", network: { mode: "nat", address: "10.213.7.9", routes: { "10.9.0.0/16": "10.213.7.77" } } };

/** All that somebody can see of it, but for what differs from life to life: numbers, names made of ids, MAC addresses that the kernel chooses. */
async function picture(site: Site, network: TestNetwork): Promise<readonly string[]> {
  const views: readonly (readonly [string, ...string[]])[] = [
    ["ip", "-details", "link", "show"],
    ["ip", "address", "show"],
    ["ip", "route", "show", "table", "all"],
    ["ip", "-6", "route", "show", "table", "all"],
  ];
  const inside = await Promise.all(
    ["web", "vpn"].map(async (name) => {
      const { pid } = await site.seen(name);
      return views.map((view) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...view));
    }),
  );
  const own = [...views.map((view) => network.run(...view)), network.run("nft", "list", "ruleset"), network.seen()];
  return (
    [...inside.flat(), ...own]
      .flatMap((text) => text.split("\n"))
      // The kernel's own, which come a moment later.
      .filter((line) => !line.includes("fe80::"))
      .map((line) =>
        line
          .replace(/cl-[a-z2-7]{8}/g, "cl-ID")
          .replace(/\b(if)?\d+: |@if\d+|link-netnsid \d+|(valid|preferred)_lft \S+|expires \S+/g, "")
          .replace(
            /(?<!address )(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?<=bridge_id |designated_root |designated_bridge )\S+|\S*_timer +\S+/g,
            (one) => (one === mac ? one : ""),
          )
          .replace(/ tentative| dadfailed| state (?:UP|UNKNOWN)\b/g, ""),
      )
      .filter((line) => line.trim() !== "")
      .sort()
  );
}

live("a script makes networks as an apply does, of every kind of line, and nothing is to be done then", () =>
  withNat(async (site, network) => {
    const before = network.seen();
    site.declare({ web: { ...web, command: ["sleep", "1000"] }, vpn: { ...vpn, command: ["sleep", "1000"] } });
    await site.apply();
    const applied = await picture(site, network);
    for (const shown of [/net.ipv4.ip_forward was 0/, /fwd to/, /mtu 1400/, /10\.9\.0\.0\/16 via 10\.213\.7\.77/])
      assert.ok(
        applied.some((line) => shown.test(line)),
        String(shown),
      );
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    assert.is(network.seen(), before);
    await inNetwork(site, network);
    assert.equal(between(await picture(site, network), applied), []);
    assert.equal(await site.changes(), []);
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    assert.is(network.seen(), before);
    assert.equal(left(site), []);
  }),
);

live("changes in place are made by a script as by an apply", () =>
  withNat(async (site, network) => {
    const bridge = () => /clb-[0-9a-f]+/.exec(network.seen())?.[0] ?? "";
    const spoil = async () => {
      const { pid } = await site.seen("web");
      network.run("ip", "address", "add", "10.213.7.200/24", "dev", bridge());
      network.run("ip", "address", "add", "198.51.100.1", "peer", "198.51.100.2/32", "dev", bridge());
      network.run("sh", "-c", `echo 0 >/proc/sys/net/ipv4/conf/${bridge()}/route_localnet; echo 0 >/proc/sys/net/ipv4/ip_forward`);
      network.run(
        "nsenter",
        `--net=/proc/${pid}/ns/net`,
        "--",
        "sh",
        "-c",
        "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6; ip link set eth0 down",
      );
    };
    site.declare({ web: { ...web, command: ["sleep", "1000"] }, vpn: { ...vpn, command: ["sleep", "1000"] } });
    await site.apply();
    const whole = await picture(site, network);
    for (const repair of [() => site.apply(), () => inNetwork(site, network)]) {
      await spoil();
      assert.ok(between(await picture(site, network), whole).length > 5);
      await repair();
      assert.equal(between(await picture(site, network), whole), []);
    }
  }),
);

live("a route into the range that came after the plan refuses both, before anything is made", () =>
  withNat(async (site, network) => {
    network.run("ip", "link", "add", "other", "type", "bridge");
    // No address that changes by itself, once nobody has been found to have it.
    network.run("ip", "link", "set", "other", "addrgenmode", "none");
    network.run("ip", "link", "set", "other", "up");
    network.run("ip", "route", "add", "10.213.7.128/25", "dev", "other", "table", "77");
    const before = network.seen();
    site.declare({ vpn });
    const told = /the host has a route into 10\.213\.7\.0\/24 by now: 10\.213\.7\.128/;
    const applied = await site.rig.cloister("apply", "--yes");
    assert.is(applied.code, 1);
    assert.match(applied.stdout, told);
    assert.is(network.seen(), before);
    const printed = await run(site, network.command("sh", await scriptOf(site)));
    assert.is(printed.code, 1);
    assert.match(printed.stderr, told);
    assert.is(network.seen(), before);
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    network.run("ip", "link", "del", "other");
  }),
);

live("what is made waits for whoever has the lock of the host's network, and nothing of it is left out", () =>
  withNat(async (site, network) => {
    const [file = "", ...words] = network.command("sh", "-c", "exec 9</proc/self/ns/net; flock 9; echo held; read -r word || :");
    const holder = spawn(file, words, { stdio: ["pipe", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    site.declare({ web, vpn });
    const applying = site.rig.cloister("apply", "--yes");
    const logs = ["web", "vpn"].map((name) => `${site.rig.stateDir}/run/${site.rig.project}/${name}/keeper.log`);
    await until("keepers", () => logs.every((path) => existsSync(path)));
    assert.not.match(network.seen(), /clb-/);
    holder.stdin.end();
    const { code, stdout } = await applying;
    assert.is(code, 0, stdout);
    assert.equal(await site.changes(), []);
  }),
);

/** What is in one of two pictures only. */
function between(now: readonly string[], before: readonly string[]): readonly string[] {
  return [
    ...now.filter((line) => !before.includes(line)),
    ...before.filter((line) => !now.includes(line)).map((line) => `before: ${line}`),
  ];
}

async function inNetwork(site: Site, network: TestNetwork): Promise<void> {
  await scripted(site, { shell: network.command("sh") });
}

test.run();
