import { spawn } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";
import { withUser } from "../support/user-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

// An address, a port, a text. Prints what comes back to the connected socket, which takes it from that address and port alone.
const asking = `use IO::Socket::IP;
my ($address, $port, $text) = @ARGV;
my $socket = IO::Socket::IP->new(PeerHost => $address, PeerPort => $port, Proto => "udp") or die "$address: $@";
$SIG{ALRM} = sub { exit };
alarm 2;
for (1 .. 3) { $socket->send("$text $_") or exit; $socket->recv(my $answer, 100) // exit; print "$answer;" }`;

// An address, a port (53). Sends back whatever comes to it.
const echoing = `use IO::Socket::IP;
my $socket = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => $ARGV[1] // 53, Proto => "udp", V6Only => 1) or die "$ARGV[0]: $@";
while (defined $socket->recv(my $text, 100)) { $socket->send($text) }`;

/** What comes back of three datagrams of one socket. */
function answered(network: TestNetwork, address: string, port: number): string {
  return network.run("perl", "-e", asking, address, String(port), "echo");
}

const all = "echo 1;echo 2;echo 3;";

live("ports: datagrams to the host's own loopback of either family lead in, and each answer comes back from where it was asked", () =>
  withNetwork((network) =>
    withSite(
      async (site) => {
        const ports = { "127.0.0.1:5301": "53/udp", "[::1]:5302": "53/udp", "5303": "53/udp", "[::1]:5304": "53/tcp" };
        await site.stand({ network: { mode: "nat", ports } });
        const { pid } = await site.seen();
        const servers = ["0.0.0.0", "::"].map((address) =>
          spawn("nsenter", [`--net=/proc/${pid}/ns/net`, "--", "perl", "-e", echoing, address], { stdio: ["ignore", "ignore", "inherit"] }),
        );
        try {
          await until("the servers", () => answered(network, "127.0.0.1", 5301) === all && answered(network, "::1", 5302) === all);
          for (const filtered of ["0", "1"]) {
            network.run("sh", "-c", `cd /proc/sys/net/bridge 2>/dev/null || exit 0; echo ${filtered} >bridge-nf-call-ip6tables`);
            for (const [address, port, expected] of [
              ["127.0.0.1", 5301, all],
              ["::1", 5301, ""],
              ["::1", 5302, all],
              ["127.0.0.1", 5302, ""],
              ["127.0.0.1", 5303, all],
              ["::1", 5303, all],
              ["::1", 5304, ""],
            ] as const)
              assert.is(answered(network, address, port), expected, `${address} ${port}, br_netfilter ${filtered}`);
          }
        } finally {
          for (const server of servers) server.kill("SIGKILL");
        }
      },
      { network },
    ),
  ),
);

for (const program of ["pasta", "slirp4netns"] as const)
  needs(test, ...(["root", "busybox", "catatonit", "ip", "nft", program] as const))(
    `mode user, by ${program}: datagrams to a published port lead in, and are answered from there`,
    () =>
      withUser(
        async (site, _network, beyond) => {
          await site.stand({ network: { mode: "user", ports: { "198.51.100.2:5301": "5311/udp", "5302": "5312/udp" } } });
          const { pid } = await site.seen();
          const inside = [`--net=/proc/${pid}/ns/net`, "--", "perl", "-e", echoing, "0.0.0.0"];
          const servers = ["5311", "5312"].map((port) => spawn("nsenter", [...inside, port], { stdio: ["ignore", "ignore", "inherit"] }));
          try {
            for (const port of [5301, 5302]) await until(`port ${port}`, () => answered(beyond, "198.51.100.2", port) === all);
            site.declare({ web: { network: { mode: "user", ports: { "5303": "5312/udp" } } } });
            await site.apply();
            await until("another port", () => answered(beyond, "198.51.100.2", 5303) === all);
            assert.is(answered(beyond, "198.51.100.2", 5301), "");
          } finally {
            for (const server of servers) server.kill("SIGKILL");
          }
        },
        () => (program === "pasta" ? null : "pasta"),
      ),
  );

test.run();
