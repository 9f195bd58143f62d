import { spawn } from "node:child_process";
import { once } from "node:events";
import { join as joinPath } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { strace, straceUntil } from "../support/strace.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { join, pageAt, withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft", "strace");

const nat = { network: { mode: "nat" } };

function withNat(body: (site: Site, network: TestNetwork) => Promise<void>): Promise<void> {
  return withNetwork((network) => withSite((site) => body(site, network), { network }));
}

/** The name of the project's bridge. */
function bridgeIn(network: TestNetwork): string {
  return /: (clb-[0-9a-f]{6}): /.exec(network.run("ip", "-o", "link"))?.[1] ?? "no bridge";
}

live("nat: an address, a default route and the host within reach; a second apply has nothing to do", () =>
  withNat(async (site, network) => {
    await site.stand(nat);
    assert.match(network.run("ip", "-o", "-4", "address", "show", "dev", bridgeIn(network)), / 10\.213\.0\.1\/24 /);
    assert.match(await site.inside("ip", "address", "show", "dev", "eth0"), / 10\.213\.0\.\d+\/24 /);
    assert.match(await site.inside("ip", "route"), /^default via 10\.213\.0\.1 dev eth0/m);
    const { identity, pid } = await site.seen();
    network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "busybox", "ping", "-c", "1", "-W", "5", "10.213.0.1");
    await until("the kernel's own addresses", () => !network.run("ip", "address").includes("tentative"));
    const before = network.seen();
    await site.apply();
    assert.is(network.seen(), before);
    assert.is((await site.seen()).identity, identity);
  }),
);

live("nat: what somebody changes on the host or inside is seen, repaired in place, and nothing else is touched", () =>
  withNat(async (site, network) => {
    await site.stand(nat);
    const { identity, id, pid } = await site.seen();
    const bridge = bridgeIn(network);
    const table = `cloister_${site.rig.project}`;
    const rules = network.run("nft", "list", "table", "inet", table);
    const within = (...words: readonly [string, ...string[]]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words);
    const drifts: readonly (readonly [what: string, act: () => unknown, addresses: readonly string[]])[] = [
      [
        "the link inside is down",
        () => within("ip", "link", "set", "eth0", "down"),
        ["network.eth0.addresses", "network.eth0.routes", "network.eth0.state"],
      ],
      ["the route is gone", () => within("ip", "route", "del", "default"), ["network.eth0.routes"]],
      ["there is another route", () => within("ip", "route", "add", "192.0.2.0/24", "via", "10.213.0.1"), ["network.eth0.routes"]],
      ["there is another address", () => within("ip", "address", "add", "10.9.9.9/32", "dev", "eth0"), ["network.eth0.addresses"]],
      [
        "the address is gone",
        () => within("ip", "-4", "address", "flush", "dev", "eth0"),
        ["network.eth0.addresses", "network.eth0.routes"],
      ],
      ["the link is gone", () => within("ip", "link", "del", "eth0"), ["network.eth0"]],
      ["the host's end is down", () => network.run("ip", "link", "set", `cl-${id}`, "down"), ["network.eth0.host_end"]],
      ["the host's end is in no bridge", () => network.run("ip", "link", "set", `cl-${id}`, "nomaster"), ["network.eth0.host_end"]],
      ["the bridge is down", () => network.run("ip", "link", "set", bridge, "down"), ["network.bridge.addresses", "network.bridge.state"]],
      [
        "127.0.0.0/8 does not lead over the bridge",
        () => network.run("sh", "-c", `echo 0 >/proc/sys/net/ipv4/conf/${bridge}/route_localnet`),
        ["network.bridge.route_localnet"],
      ],
      [
        "the bridge has no IPv6",
        () => network.run("sh", "-c", `echo 1 >/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`),
        ["network.bridge.addresses", "network.bridge.ipv6"],
      ],
      [
        "eth0 has no IPv6",
        () => within("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6"),
        ["network.eth0.addresses", "network.eth0.routes"],
      ],
      [
        "the bridge has another address too",
        () => network.run("ip", "address", "add", "10.8.8.8/24", "dev", bridge),
        ["network.bridge.addresses"],
      ],
      ["the bridge is gone", () => network.run("ip", "link", "del", bridge), ["network.bridge", "network.eth0.host_end"]],
      ["a rule is gone", () => network.run("nft", "flush", "chain", "inet", table, "postrouting"), ["network.rules.postrouting"]],
      [
        "there is another rule",
        () => network.run("nft", "add", "rule", "inet", table, "postrouting", "counter", "accept"),
        ["network.rules.postrouting"],
      ],
      ["there is another chain", () => network.run("nft", "add", "chain", "inet", table, "other"), ["network.rules.other"]],
      ["the table is gone", () => network.run("nft", "delete", "table", "inet", table), ["network.rules"]],
      ["the host forwards no more", () => network.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"), ["network.forwarding"]],
    ];
    for (const [what, act, addresses] of drifts) {
      act();
      const findings = (await driftOf(site, 2)).findings.map(({ address }) => address);
      assert.equal(
        [...findings].sort(),
        addresses.map((one) => `web.${one}`),
        what,
      );
      await site.apply();
      assert.is((await site.seen()).identity, identity, what);
      within("busybox", "ping", "-c", "1", "-W", "5", "10.213.0.1");
      assert.is(network.run("nft", "list", "table", "inet", table), rules, what);
    }
  }),
);

live("environments of a project know one another by name, also one that comes later; who leaves is known no more", () =>
  withNat(async (site) => {
    site.declare({ web: nat, db: serving("from db") });
    await site.apply();
    const { identity } = await site.seen();
    await until("the server", async () => (await site.exec(["wget", "-q", "-O", "-", "http://db/"])).stdout === "from db\n");
    assert.match(await site.inside("cat", "/etc/hosts"), /^10\.213\.0\.\d+ db$/m);
    site.declare({ web: nat, db: serving("from db"), cache: nat });
    assert.equal(
      (await site.changes()).filter((one) => !one.includes("cache.") && !one.startsWith("create build")),
      ["update web.extra_hosts", "update db.extra_hosts"],
    );
    await site.apply();
    assert.match(await site.inside("cat", "/etc/hosts"), /^10\.213\.0\.\d+ cache$/m);
    await site.rig.expect(0, "destroy", "--yes", "--volumes", "db", "cache");
    site.declare({ web: nat });
    assert.equal(await site.changes(), ["update web.extra_hosts"]);
    await site.apply();
    assert.not.match(await site.inside("cat", "/etc/hosts"), / db$/m);
    assert.is((await site.seen()).identity, identity);
  }),
);

/** An environment that serves a page with this text at port 80. */
function serving(text: string, network: Declared = {}): Declared {
  return {
    network: { mode: "nat", ...network },
    files: { "/www/index.html": { content: `${text}\n` } },
    command: ["busybox", "httpd", "-f", "-p", "80", "-h", "/www"],
  };
}

live("ports: a page is fetched by every address that the host has, by its loopback too, and by others through it", () =>
  withNat(async (site, network) => {
    const ports = { "8080": 80, "127.0.0.1:8081": "80/tcp", "[::1]:8082": 80 };
    await site.stand(serving("from web", { ports }));
    await until("the server", () => pageAt(network, "127.0.0.1:8080"));
    assert.is(pageAt(network, "127.0.0.1:8081"), "from web");
    assert.is(pageAt(network, "10.213.0.1:8080"), "from web");
    assert.is(pageAt(network, "10.213.0.1:8081"), null);
    // With br_netfilter what comes by a bridge is translated at another place.
    for (const filtered of ["0", "1"]) {
      network.run("sh", "-c", `cd /proc/sys/net/bridge 2>/dev/null || exit 0; echo ${filtered} >bridge-nf-call-ip6tables`);
      assert.is(pageAt(network, "[::1]:8080"), "from web", filtered);
      assert.is(pageAt(network, "[::1]:8081"), null, filtered);
      assert.is(pageAt(network, "[::1]:8082"), "from web", filtered);
    }
    await withNetwork(async (outside) => {
      await join(outside, network);
      assert.is(pageAt(network, "[2001:db8::1]:8080"), "from web");
      assert.is(pageAt(outside, "192.0.2.1:8080"), "from web");
      assert.is(pageAt(outside, "192.0.2.1:8081"), null);
      network.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
      assert.is(pageAt(outside, "[2001:db8::1]:8080"), "from web");
      network.run("sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding");
      outside.run("ip", "link", "del", "up0");
    });
  }),
);

live("a port that somebody has is refused before anything is done, and who has it is said", () =>
  withNat(async (site, network) => {
    await withListener(network, 8080, async (pid) => {
      site.declare({ web: { network: { mode: "nat", ports: { "127.0.0.1:8080": 80 } } } });
      const before = network.seen();
      const { stderr } = await site.rig.expect(4, "apply", "--yes");
      assert.match(stderr, new RegExp(`network/port-taken.*web\\.network\\.ports\\["127\\.0\\.0\\.1:8080"\\].*8080/tcp.*pid ${pid} \\(`));
      assert.match((await site.rig.expect(0, "plan")).stdout, new RegExp(`8080/tcp of the host is in use by pid ${pid}`));
      assert.is(network.seen(), before);
    });
    await site.apply();
    assert.equal(await site.changes(), []);
  }),
);

live("two projects do not have the same port of the host, and each takes away its own only", () =>
  withNetwork((network) =>
    withSite(
      (first) =>
        withSite(
          async (second) => {
            await first.stand(serving("from the first", { ports: { "8080": 80 } }));
            second.declare({ web: serving("from the second", { ports: { "127.0.0.1:8080": 80 } }) });
            assert.match((await second.rig.expect(4, "apply", "--yes")).stderr, new RegExp(`is published by project ${first.rig.project}`));
            await second.stand(serving("from the second", { ports: { "8081": 80 } }));
            await until("both", () => pageAt(network, "127.0.0.1:8080") !== null && pageAt(network, "127.0.0.1:8081") !== null);
            const { pid } = await first.seen();
            const own = /inet (10\.213\.0\.\d+)/.exec(
              network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip", "-4", "address"),
            )?.[1];
            // What is the first's is nobody's in the second but by what it publishes; to the host it is there.
            assert.is(pageAt(network, `${own}:80`), "from the first");
            assert.is.not((await second.exec(["timeout", "2", "wget", "-q", "-O", "-", `http://${own}/`])).code, 0);
            assert.is(await second.inside("wget", "-q", "-O", "-", "http://10.213.0.1:8080/"), "from the first");
            assert.match(network.run("ip", "-4", "route"), /10\.213\.0\.0\/24 dev clb-[\s\S]*10\.213\.1\.0\/24 dev clb-/);
            await first.rig.expect(0, "destroy", "--yes", "--volumes");
            assert.is(pageAt(network, "127.0.0.1:8081"), "from the second");
            assert.is(network.run("cat", "/proc/sys/net/ipv4/ip_forward"), "1\n");
          },
          { network },
        ),
      { network },
    ),
  ),
);

live("a plan with nothing to do starts two processes at the most, and none that changes anything", () =>
  withNat(async (site, network) => {
    site.declare({ web: serving("web", { ports: { "8080": 80 }, egress: { allow: ["dns"] } }), db: nat, cache: nat });
    await site.apply();
    const { code, processes } = strace(
      network.command(...site.rig.command("--file", joinPath(site.rig.directory, "cloister.yaml"), "plan")),
      {
        log: joinPath(site.rig.directory, "strace.log"),
        env: site.rig.env,
      },
    );
    assert.is(code, 0);
    const started = processes.map((call) => {
      const [, path = "", words = ""] = /^execve\("([^"]+)", (.*?)\]/.exec(call) ?? [];
      return [path.replace(/.*\//, ""), words] as const;
    });
    // The command line itself: how it comes into the test's network, the launcher, in sh and in perl, and Node.
    const own = ([name, words]: readonly [string, string]) =>
      ["cloister", "node"].includes(name) || words.includes("launcher.pl") || words.includes(network.file);
    const ours = started.filter((one) => !own(one));
    assert.equal(ours.map(([name]) => name).sort(), ["nft", "perl"]);
    assert.match(ours.find(([name]) => name === "nft")?.[1] ?? "", /"list ruleset inet; list ruleset netdev"/);
  }),
);

live("what environments have in common is made once in a run", () =>
  withNat(async (site) => {
    site.declare({ web: nat, db: nat, cache: nat });
    await site.apply();
    await site.rig.expect(0, "destroy", "--yes");
    const file = joinPath(site.rig.directory, "cloister.yaml");
    const [apply, destroy] = ["apply", "destroy"].map((verb) => site.rig.command("--file", file, verb, "--yes"));
    const { code, processes } = straceUntil(apply ?? [], destroy ?? [], {
      log: joinPath(site.rig.directory, "strace.log"),
      env: site.rig.env,
    });
    assert.is(code, 0);
    const starts = (pattern: RegExp) => processes.filter((call) => pattern.test(call)).length;
    assert.is(starts(/nft", "-f", "-"/), 1);
    assert.is(starts(/^execve\("[^"]*\/(?:ip|flock)"/), 0, "interfaces, addresses, routes and forwarding by the shim that waits");
  }),
);

test.run();

/** Runs `body` while a process listens at a port of the host. */
async function withListener(network: TestNetwork, port: number, body: (pid: number) => Promise<void>) {
  const script = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log(process.pid))`;
  const [file, ...args] = network.command(process.execPath, "-e", script);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  try {
    await body(Number(await until("the listener", () => said.trim() || null)));
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
}
