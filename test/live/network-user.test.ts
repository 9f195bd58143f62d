import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import { pageAt } from "../support/test-network.ts";
import { until } from "../support/until.ts";
import { fetched, serving, uplinks, user, withUser } from "../support/user-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft", "pasta");

live("user: a page is fetched from beyond the host, a published port leads in, and the host's loopback cannot be reached", () =>
  withUser(async (site, network, beyond) => {
    await site.stand(user({ ports: { "127.0.0.1:8080": 80 } }));
    const [pasta] = await uplinks(site);
    const { environments } = JSON.parse((await site.rig.expect(0, "status", "--json")).stdout);
    assert.equal(environments[0].uplink, { program: "pasta", pid: pasta, published: ["127.0.0.1/8080:80 tcp"] });
    assert.match(
      (await site.rig.expect(0, "status")).stdout,
      new RegExp(`^ {2}uplink: pasta, pid ${pasta}; 127\\.0\\.0\\.1/8080:80 tcp$`, "m"),
    );
    assert.match(await site.inside("ip", "route"), /^default via 10\.0\.2\.2 dev eth0/m);
    await until("the server", () => pageAt(network, "127.0.0.1:8080") === "from inside");
    await serving(beyond, { site, at: "198.51.100.1:8000", page: "beyond" }, async () => {
      assert.is(await fetched(site, "198.51.100.1", 8000), "beyond");
    });
    await serving(network, { site, at: "127.0.0.1:8001", page: "loopback" }, async () => {
      assert.is(pageAt(network, "127.0.0.1:8001"), "loopback");
      for (const address of ["127.0.0.1", "10.0.2.2", "10.0.2.15", "10.0.2.3"])
        assert.is(await fetched(site, address, 8001), null, address);
    });
  }),
);

live("user: by IPv6 too where the host has it, a port of ::1 leads in, and what the host comes to have or lack breaks nothing", () =>
  withUser(async (site, network, beyond) => {
    network.run("ip", "address", "add", "fd77::2/64", "dev", "up0", "nodad");
    network.run("ip", "route", "add", "default", "via", "fd77::1");
    beyond.run("ip", "address", "add", "fd77::1/64", "dev", "down0", "nodad");
    await until("an address of the link", () =>
      / fe80::\S+\/64 (?!.*tentative)/.test(network.run("ip", "-6", "-o", "address", "show", "dev", "up0")),
    );
    await site.stand(user({ ports: { "[::1]:8081": 80, "8082": 80 } }));
    const { identity } = await site.seen();
    const [first] = await uplinks(site);
    assert.match(await site.inside("ip", "-6", "route"), /^default via fd00:a00:2::2 dev eth0/m);
    for (const place of ["[::1]:8081", "[::1]:8082", "127.0.0.1:8082", "[fd77::2]:8082"])
      await until(place, () => pageAt(network, place) === "from inside");
    assert.is(pageAt(network, "127.0.0.1:8081"), null);
    await serving(beyond, { site, at: "[fd77::1]:8000", page: "beyond" }, async () => {
      assert.is(await fetched(site, "fd77::1", 8000), "beyond");
      network.run("sysctl", "-qw", "net.ipv6.conf.up0.disable_ipv6=1");
      assert.equal((await driftOf(site, 0)).findings, []);
      network.run("sysctl", "-qw", "net.ipv6.conf.up0.disable_ipv6=0");
      network.run("ip", "address", "add", "fd77::2/64", "dev", "up0", "nodad");
      assert.is(await fetched(site, "fd77::1", 8000), "beyond");
    });
    assert.equal(await uplinks(site), [first]);
    network.run("sysctl", "-qw", "net.ipv6.conf.up0.disable_ipv6=1");
    process.kill(first ?? 0, "SIGKILL");
    const { stderr } = await site.rig.expect(1, "apply", "--yes");
    assert.match(stderr, /network\/not-there: web\.network\.ports\["\[::1\]:8081"\]: pasta has no IPv6 here/);
    site.declare({ web: user({ ports: { "127.0.0.1:8081": 80 } }) });
    await site.apply();
    assert.is((await site.inside("ip", "-6", "route")).includes("default"), false);
    await until("by IPv4", () => pageAt(network, "127.0.0.1:8081") === "from inside");
    assert.is((await site.seen()).identity, identity);
  }),
);

live("user: pasta has no privilege, holds nothing of the host, and cannot be traced from inside, whatever its root may do there", () =>
  withUser(async (site) => {
    await site.stand({ ...user(), security: { cap_add: ["SYS_PTRACE", "SYS_ADMIN"] } });
    const [pasta = 0] = await uplinks(site);
    const status = readFileSync(`/proc/${pasta}/status`, "utf8");
    const { pid } = await site.seen();
    assert.is(/^Uid:.*$/m.exec(status)?.[0], /^Uid:.*$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[0]);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    const held = execFileSync(
      "sh",
      [
        "-c",
        'for one in /proc/$1/fd/*; do readlink "$one"; done; readlink /proc/$1/ns/user /proc/$2/ns/user',
        "sh",
        String(pasta),
        String(pid),
      ],
      { encoding: "utf8" },
    );
    const lines = held.trim().split("\n");
    assert.is(lines.at(-1), lines.at(-2), "it is in the environment's user namespace");
    assert.equal(
      lines.slice(0, -2).filter((line) => !/^(socket|pipe|anon_inode|net):|^\/(dev\/)?null$|^\/net\/tun$/.test(line)),
      [],
    );
    const inside = /^NSpid:\t\d+\t(\d+)/m.exec(status)?.[1] ?? "";
    assert.match(await site.inside("cat", `/proc/${inside}/comm`), /^pasta/);
    for (const path of ["root/", "cwd/", "fd/", "ns/net", "mem", "environ"])
      assert.is.not((await site.exec(["sh", "-c", `ls -l /proc/${inside}/${path} && cat </proc/${inside}/${path}`])).code, 0, path);
  }),
);

live("user: what is done behind our back is drift, put back in place: pasta killed, eth0 deleted or changed", () =>
  withUser(async (site) => {
    await site.stand(user());
    const { identity, pid } = await site.seen();
    const within = (...words: readonly string[]) => execFileSync("nsenter", [`--net=/proc/${pid}/ns/net`, "--", ...words]);
    const gone = () =>
      !execFileSync("nsenter", [`--net=/proc/${pid}/ns/net`, "--", "ip", "-o", "link"], { encoding: "utf8" }).includes("eth0");
    for (const [what, act, field] of [
      ["pasta is killed", async () => process.kill((await uplinks(site))[0] ?? 0, "SIGKILL"), "network.eth0"],
      ["eth0 is deleted", () => within("ip", "link", "del", "eth0"), "network.eth0"],
      ["the route is gone", () => within("ip", "route", "del", "default"), "network.eth0.routes"],
    ] as const) {
      await act();
      if (field === "network.eth0") await until("the end of eth0", gone);
      assert.equal(
        (await driftOf(site, 2)).findings.map(({ address }) => address),
        [`web.${field}`],
        what,
      );
      await site.apply();
      assert.is((await uplinks(site)).length, 1, what);
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

live("user: none, nat and user become one another in place, ports are changed by a new pasta, egress holds", () =>
  withUser(async (site, network, beyond) => {
    await site.stand();
    const { identity } = await site.seen();
    for (const declared of [user(), { network: { mode: "nat" } }, user(), {}, user()]) {
      site.declare({ web: declared });
      await site.apply();
      assert.equal((await driftOf(site, 0)).findings, []);
    }
    site.declare({ web: user({ ports: { "127.0.0.1:8081": "80", "127.0.0.1:8082": "53/udp" } }) });
    const { stdout } = await site.rig.expect(0, "plan");
    assert.match(stdout, /published .*-> .*127\.0\.0\.1\/8081:80 tcp/);
    assert.match(stdout, /its connections break: what leads out is started anew/);
    await site.apply();
    await until("the server", () => pageAt(network, "127.0.0.1:8081") === "from inside");
    await serving(beyond, { site, at: "198.51.100.1:8000", page: "beyond" }, async () => {
      assert.is(await fetched(site, "198.51.100.1", 8000), "beyond");
      site.declare({ web: user({ egress: { deny: ["198.51.100.1"] } }) });
      await site.apply();
      assert.is(await fetched(site, "198.51.100.1", 8000), null);
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("user: a port that only a privilege may open, or that is taken, is refused before anything is done", () =>
  withUser(async (site, network) => {
    site.declare({ web: user({ ports: { "127.0.0.1:80": 80 } }) });
    const { stderr } = await site.rig.expect(4, "apply", "--yes");
    assert.ok(stderr.includes("network/port-privileged"), stderr);
    assert.match(stderr, /port 80 of the host is below 1024/);
    await serving(network, { site, at: "127.0.0.1:8080", page: "other" }, async () => {
      site.declare({ web: user({ ports: { "127.0.0.1:8080": 80 } }) });
      assert.match((await site.rig.expect(4, "apply", "--yes")).stderr, /network\/port-taken/);
    });
  }),
);

// A protocol, an address, a port. Says that it listens there, and goes on.
const taker = `use IO::Socket::IP; $| = 1;
my ($protocol, $address, $port) = @ARGV;
my $socket = IO::Socket::IP->new(LocalHost => $address, LocalPort => $port, Proto => $protocol, V6Only => 1, $protocol eq "tcp" ? (Listen => 1) : ()) or die "taker: $@";
print "ready\\n"; sleep 1000;`;

live("user: who has a port of the host is named by plan and apply, with pid and command, of both protocols and families", () =>
  withUser(async (site, network) => {
    await until("an address of the link", () =>
      / fe80::\S+\/64 (?!.*tentative)/.test(network.run("ip", "-6", "-o", "address", "show", "dev", "up0")),
    );
    const published = {
      "127.0.0.1:8080": ["80", "tcp", "0.0.0.0", "8080/tcp"],
      "[::1]:8081": ["80", "tcp", "::1", "8081/tcp"],
      "8082": ["53/udp", "udp", "198.51.100.2", "8082/udp"],
      "[::1]:8083": ["53/udp", "udp", "::", "8083/udp"],
      "8084-8086": ["80-82", "tcp", "::", "8085/tcp"],
    } as const;
    const takers = Object.values(published).map(([, protocol, address, port]) => {
      const [program, ...words] = network.command("perl", "-e", taker, protocol, address, port.replace(/\/.*/, ""));
      const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
      return { child, port, ready: once(child.stdout, "data") };
    });
    try {
      await Promise.all(takers.map(({ ready }) => ready));
      site.declare({ web: user({ ports: Object.fromEntries(Object.entries(published).map(([key, [inside]]) => [key, inside])) }) });
      const plan = await site.rig.expect(0, "plan");
      const apply = await site.rig.expect(4, "apply", "--yes");
      for (const { child, port } of takers)
        for (const { stdout, stderr } of [plan, apply])
          assert.match(stdout + stderr, new RegExp(`port ${port} of the host is in use by pid ${child.pid} \\(perl -e`));
      assert.is(apply.stderr.match(/cloister\.yaml:1:/g)?.length, takers.length);
    } finally {
      for (const { child } of takers) child.kill("SIGKILL");
    }
    // Of the other protocol or another address they are in nobody's way.
    await site.stand(user({ ports: { "127.0.0.1:8081": 80, "[::1]:8080": 80 } }));
  }),
);

// Standard input: nothing. Prints a line for each datagram that comes to a port of any address.
const receiver = `use IO::Socket::IP; $| = 1;
my $socket = IO::Socket::IP->new(LocalHost => "::", LocalPort => 9001, Proto => "udp", V6Only => 0) or die "receiver: $@";
print "ready\\n";
while ($socket->recv(my $text, 100)) { print "$text\\n" }`;

// A family, an address, a text. By eth0 whatever the routes say, which takes no privilege.
const sender = `use Socket qw(:all);
my ($family, $address, $text) = @ARGV;
my ($kind, $to) = $family eq "6" ? (AF_INET6, pack_sockaddr_in6(9001, inet_pton(AF_INET6, $address))) : (AF_INET, pack_sockaddr_in(9001, inet_aton($address)));
socket(my $socket, $kind, SOCK_DGRAM, 0) or die "socket: $!";
setsockopt($socket, SOL_SOCKET, 25, "eth0") or die "SO_BINDTODEVICE: $!";
print defined send($socket, $text, 0, $to) ? "sent" : "refused";`;

for (const program of ["pasta", "slirp4netns"] as const)
  needs(
    test,
    "root",
    "busybox",
    "catatonit",
    "ip",
    "nft",
    program,
  )(
    `user, by ${program}: nobody inside sends to the host's loopback by eth0, and who could take away what keeps them from it is refused`,
    () =>
      withUser(
        async (site, network) => {
          await site.stand(user());
          const { identity, pid } = await site.seen();
          const within = (...words: readonly string[]) =>
            execFileSync("nsenter", [`--net=/proc/${pid}/ns/net`, "--", ...words], { encoding: "utf8" });
          const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
          const send = (family: 4 | 6, address: string, text: string) =>
            within(...nobody, "perl", "-e", sender, String(family), address, text);
          const [program, ...words] = network.command("perl", "-e", receiver);
          const listening = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
          const received: string[] = [];
          listening.stdout.setEncoding("utf8").on("data", (text: string) => received.push(...text.trim().split("\n")));
          try {
            await until("the receiver", () => received.includes("ready"));
            assert.is(send(4, "198.51.100.2", "first"), "sent");
            await until("what is sent to another address of the host", () => received.includes("first"));
            for (const [family, address] of [
              [4, "127.0.0.1"],
              [4, "127.1.2.3"],
              [6, "::1"],
            ] as const)
              assert.is(send(family, address, `to ${address}`), "refused");
            within("nft", "delete", "table", "inet", "cloister");
            assert.is(send(4, "127.0.0.1", "without rules"), "sent");
            await until("without the rules it is there", () => received.includes("without rules"));
            assert.equal(
              (await driftOf(site, 2)).findings.map(({ address }) => address),
              ["web.network.loopback"],
            );
            await site.apply();
            assert.is(send(4, "127.0.0.1", "repaired"), "refused");
            assert.is(send(4, "198.51.100.2", "last"), "sent");
            await until("the last one", () => received.includes("last"));
            assert.equal(received, ["ready", "first", "without rules", "last"]);
          } finally {
            listening.kill("SIGKILL");
          }
          assert.is((await site.seen()).identity, identity);
          for (const name of ["NET_ADMIN", "NET_RAW"]) {
            site.declare({ web: { ...user(), security: { cap_add: [name] } } });
            const { stderr } = await site.rig.run(["validate"], {});
            assert.match(
              stderr,
              /manifest\/conflict: with NET_\w+ root inside can (take the rules away|send past the rules) that keep it from the host's loopback/,
            );
          }
          site.declare({ web: user() });
        },
        () => (program === "pasta" ? null : "pasta"),
      ),
  );

test.run();
