import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { deafen } from "../support/deaf-port.ts";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import { scripted } from "../support/scripts.ts";
import { startOf } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { pageAt } from "../support/test-network.ts";
import { until } from "../support/until.ts";
import { fetched, serving, uplinks, user, withUser } from "../support/user-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft", "slirp4netns");

const withSlirp = (body: Parameters<typeof withUser>[0]) => withUser(body, () => "pasta");

live("slirp4netns: a page is fetched from beyond the host, a published port leads in, and the host's loopback cannot be reached", () =>
  withSlirp(async (site, network, beyond) => {
    await site.stand(user({ ports: { "127.0.0.1:8080": 80, "8090-8091": "80-81" } }));
    const [pid = 0] = await uplinks(site);
    const { environments } = JSON.parse((await site.rig.expect(0, "status", "--json")).stdout);
    const published = ["127.0.0.1/8080:80 tcp", "8090:80 tcp", "8091:81 tcp"];
    assert.equal(environments[0].uplink, { program: "slirp4netns", pid, published });
    assert.match(
      (await site.rig.expect(0, "status")).stdout,
      new RegExp(`^ {2}uplink: slirp4netns, pid ${pid}; ${published.join("; ")}$`, "m"),
    );
    assert.match(readFileSync(`/proc/${pid}/comm`, "utf8"), /^slirp4netns/);
    for (const place of ["127.0.0.1:8080", "198.51.100.2:8090"]) await until(place, () => pageAt(network, place) === "from inside");
    assert.is(pageAt(network, "198.51.100.2:8080"), null);
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

live("slirp4netns: it has no privilege, sees nothing of the host, and cannot be traced from inside, whatever its root may do there", () =>
  withSlirp(async (site) => {
    await site.stand({ ...user({ ports: { "8080": 80 } }), security: { cap_add: ["SYS_PTRACE", "SYS_ADMIN"] } });
    const [own = 0] = await uplinks(site);
    const status = readFileSync(`/proc/${own}/status`, "utf8");
    const { pid } = await site.seen();
    assert.is(/^Uid:.*$/m.exec(status)?.[0], /^Uid:.*$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[0]);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    // NET_BIND_SERVICE of the environment's own user namespace, which is none on the host.
    assert.match(status, /^CapBnd:\t0{13}400$/m);
    const said = (...words: readonly string[]) => execFileSync("sh", ["-c", ...words], { encoding: "utf8" }).trim();
    assert.is(said('readlink "/proc/$1/ns/user"', "sh", String(own)), said('readlink "/proc/$1/ns/user"', "sh", String(pid)));
    const held = said('for one in /proc/$1/fd/*; do readlink "$one"; done', "sh", String(own)).split("\n");
    assert.equal(
      held.filter((line) => !/^(socket|pipe|anon_inode|net):|^\/(null|net\/tun|log)$/.test(line)),
      [],
    );
    assert.is(said('cd "/proc/$1/root" && find . | sort', "sh", String(own)), ".\n./etc\n./run\n./run/api\n./run/log");
    const inside = /^NSpid:\t\d+\t(\d+)/m.exec(status)?.[1] ?? "";
    assert.match(await site.inside("cat", `/proc/${inside}/comm`), /^slirp4netns/);
    for (const path of ["root/", "root/run/", "cwd/", "fd/", "ns/net", "mem", "environ"])
      assert.is.not((await site.exec(["sh", "-c", `ls -l /proc/${inside}/${path} && cat </proc/${inside}/${path}`])).code, 0, path);
    await site.rig.expect(0, "destroy", "--yes");
    assert.is(startOf(own), null);
    site.declare({ web: user() });
  }),
);

/** Holds a connection to the page's server open through a published port; what it says when it is asked over it after `body`. */
async function heldOpen(network: TestNetwork, port: number, body: () => Promise<void>): Promise<string> {
  const [program, ...words] = network.command("perl", "-e", holding, String(port));
  const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
  try {
    await until("the connection", () => said.join("").startsWith("ready\n"));
    await body();
    child.stdin.end("go\n");
    return await until("the answer", () => /\r\n\r\n([^\r\n]+)\n/.exec(said.join(""))?.[1] ?? null);
  } finally {
    child.kill("SIGKILL");
  }
}

const holding = `use IO::Socket::INET; $| = 1;
my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die "connection: $@";
print $socket "GET / HTTP/1.0\\r\\n";
print "ready\\n"; <STDIN>; print $socket "\\r\\n"; print while <$socket>;`;

live("slirp4netns: ports come, go and lead elsewhere while it runs, and connections through the others stay", () =>
  withSlirp(async (site, network) => {
    await site.stand(user({ ports: { "127.0.0.1:8080": 80, "8082": "53/udp" } }));
    const [pid] = await uplinks(site);
    const { identity } = await site.seen();
    await until("the server", () => pageAt(network, "127.0.0.1:8080") === "from inside");
    const answer = await heldOpen(network, 8080, async () => {
      for (const ports of [
        { "127.0.0.1:8080": 80, "127.0.0.1:8081": 80 },
        { "127.0.0.1:8080": 80, "8081-8083": "80-82", "198.51.100.2:8084": "53/udp" },
        { "127.0.0.1:8080": 80, "20000-21023": "20000-21023" },
        { "127.0.0.1:8080": 80, "8081": 81, "8082": 80 },
      ]) {
        site.declare({ web: user({ ports }) });
        const { stdout } = await site.rig.expect(0, "plan");
        assert.match(stdout, /in place: nothing restarts$/m);
        await site.apply();
        assert.equal((await driftOf(site, 0)).findings, []);
      }
    });
    assert.is(answer, "from inside");
    assert.is(pageAt(network, "127.0.0.1:8082"), "from inside");
    assert.is(pageAt(network, "127.0.0.1:8081"), null);
    assert.equal(await uplinks(site), [pid]);
    assert.is((await site.seen()).identity, identity);
  }),
);

/** Says something to the socket of a slirp4netns, as the host's root can. */
function say(pid: number, request: unknown): void {
  const script = `socket(my $s, 1, 1, 0); connect($s, pack('S a108', 1, $ARGV[0])) or die "socket: $!"; syswrite $s, $ARGV[1]; print while <$s>`;
  execFileSync("perl", ["-e", script, `/proc/${pid}/root/run/api`, JSON.stringify(request)]);
}

live("slirp4netns: what is done behind our back is drift, put back in place, without another process where that can be", () =>
  withSlirp(async (site, network) => {
    await site.stand(user({ ports: { "127.0.0.1:8080": 80 } }));
    const { identity, pid } = await site.seen();
    const within = (...words: readonly string[]) => execFileSync("nsenter", [`--net=/proc/${pid}/ns/net`, "--", ...words]);
    const own = async () => (await uplinks(site))[0] ?? 0;
    const ended = async (end: (uplink: number) => void) => {
      const uplink = await own();
      end(uplink);
      await until("the end of eth0", () => !String(within("ip", "-o", "link")).includes("eth0"));
    };
    const other = { proto: "tcp", host_addr: "0.0.0.0", host_port: 8099, guest_addr: "10.0.2.15", guest_port: 80 };
    for (const [what, act, field, stays] of [
      ["it is killed", () => ended((uplink) => process.kill(uplink, "SIGKILL")), "eth0", false],
      ["it does not answer", async () => process.kill(await own(), "SIGSTOP"), "eth0.uplink eth0.published", false],
      ["eth0 is deleted", () => ended(() => within("ip", "link", "del", "eth0")), "eth0", false],
      ["the route is gone", () => within("ip", "route", "del", "default"), "eth0.routes", true],
      ["nobody listens", async () => deafen(network, await own(), 8080), "eth0.published", true],
      ["a port is taken away", async () => say(await own(), { execute: "remove_hostfwd", arguments: { id: 2 } }), "eth0.published", true],
      ["a port is added", async () => say(await own(), { execute: "add_hostfwd", arguments: other }), "eth0.published", true],
    ] as const) {
      const before = await own();
      await act();
      assert.equal(
        (await driftOf(site, 2)).findings.map(({ address }) => address),
        field.split(" ").map((one) => `web.network.${one}`),
        what,
      );
      await site.apply();
      assert.is((await own()) === before, stays, what);
      await until(`the page after: ${what}`, () => pageAt(network, "127.0.0.1:8080") === "from inside");
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

live(
  "slirp4netns: a port of IPv6 and a port that is taken are refused with their place before anything is done, and pasta takes its place",
  () =>
    withSlirp(async (site, network) => {
      site.declare({ web: user({ ports: { "[::1]:8080": 80 } }) });
      const { stderr } = await site.rig.expect(1, "apply", "--yes");
      assert.match(stderr, /network\/not-there: web\.network\.ports\["\[::1\]:8080"\]: slirp4netns publishes no port at an IPv6 address/);
      assert.match(stderr, /cloister\.yaml:1:\d+/);
      assert.match(stderr, /\^ apt-get install passt, or write mode: nat/);
      const plan = await site.rig.expect(0, "plan");
      assert.match(plan.stdout + plan.stderr, /warning network\/not-there: .*IPv6 address/);
      assert.equal((await site.status()).state, "absent");
      assert.match(
        (await site.rig.cloister("doctor")).stdout,
        /pasta +not installed; slirp4netns is taken instead\n +mend: apt-get install passt\n/,
      );
      for (const [ports, why] of [
        [{ "127.0.0.1:5301": "53/udp" }, /no answer by UDP to the host's loopback/],
        [{ "5301": "53/udp", "5302-5303": "52-53/udp" }, /to one of the ports that lead to the same port inside/],
      ] as const) {
        site.declare({ web: user({ ports }) });
        assert.match((await site.rig.expect(1, "apply", "--yes")).stderr, why);
      }
      await serving(network, { site, at: "127.0.0.1:8080", page: "other" }, async () => {
        site.declare({ web: user({ ports: { "127.0.0.1:8080": 80 } }) });
        assert.match(
          (await site.rig.expect(4, "apply", "--yes")).stderr,
          /port 8080\/tcp of the host is in use by pid \d+ \(busybox httpd/,
        );
      });
      site.declare({ web: user() });
    }),
);

live(
  "where pasta comes to be here it is taken for what is made anew, what runs stays; without it the ports of pasta change by slirp4netns",
  () => {
    let lacking: string | null = "pasta";
    return withUser(
      async (site, network) => {
        const stands = async (ports: Readonly<Record<string, number>>, program: string) => {
          site.declare({ web: user({ ports }) });
          await site.apply();
          const { environments } = JSON.parse((await site.rig.expect(0, "status", "--json")).stdout);
          assert.is(environments[0].uplink.program, program);
          await until("the page", () => pageAt(network, `127.0.0.1:${Object.keys(ports)[0]}`) === "from inside");
          return environments[0].uplink.pid;
        };
        const first = await stands({ "8080": 80 }, "slirp4netns");
        const { identity } = await site.seen();
        lacking = null;
        assert.equal((await driftOf(site, 0)).findings, []);
        assert.is(await stands({ "8081": 80 }, "slirp4netns"), first);
        process.kill(first, "SIGKILL");
        await until("its end", () => startOf(first) === null);
        const second = await stands({ "8081": 80 }, "pasta");
        lacking = "pasta";
        assert.equal((await driftOf(site, 0)).findings, []);
        assert.is(await stands({ "8081": 80 }, "pasta"), second);
        await stands({ "8082": 80 }, "slirp4netns");
        assert.is((await site.seen()).identity, identity);
        site.declare({ web: { network: { mode: "none" } } });
        await site.apply();
        assert.is(network.run("ss", "-Hltun"), "");
      },
      () => lacking,
    );
  },
);

live("slirp4netns: the script of a plan makes it, and changes its ports", () =>
  withSlirp(async (site, network) => {
    site.declare({ web: user({ ports: { "127.0.0.1:8080": 80 } }) });
    await scripted(site, { shell: network.command("sh") });
    assert.equal(await site.changes(), []);
    const [pid] = await uplinks(site);
    site.declare({ web: user({ ports: { "127.0.0.1:8081": 80 } }) });
    await scripted(site, { shell: network.command("sh") });
    assert.equal(await site.changes(), []);
    assert.equal(await uplinks(site), [pid]);
    await until("the page", () => pageAt(network, "127.0.0.1:8081") === "from inside");
    assert.is(pageAt(network, "127.0.0.1:8080"), null);
  }),
);

test.run();
