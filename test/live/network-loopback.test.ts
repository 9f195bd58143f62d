import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

/** How many packets for port 9999 of ::1 the host took. */
function taken(network: TestNetwork): number {
  return Number(/packets (\d+)/.exec(network.run("nft", "list", "counter", "inet", "probe", "taken"))?.[1]);
}

live(
  "what an environment sends to ::1 does not come to the host's loopback, whether or not br_netfilter has it; without our rules it does",
  () =>
    withNetwork((network) =>
      withSite(
        async (site) => {
          await site.stand({ network: { mode: "nat", ports: { "8080": 80 } } });
          const { pid } = await site.seen();
          const within = (...words: readonly [string, ...string[]]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words);
          const bridge = /: (clb-[0-9a-f]{6}): /.exec(network.run("ip", "-o", "link"))?.[1] ?? "";
          const gateway = /inet6 (fd\S+)\/64/.exec(network.run("ip", "-o", "-6", "address", "show", "dev", bridge))?.[1] ?? "";
          network.run(
            ...(["nft", "add table inet probe; add counter inet probe taken"] as const),
            "; add chain inet probe input { type filter hook input priority 0; }; add rule inet probe input ip6 daddr ::1 tcp dport 9999 counter name taken",
          );
          // Somebody inside who may do all: what is for the bridge is sent to ::1.
          within(
            ...(["nft", "add table netdev forge"] as const),
            '; add chain netdev forge out { type filter hook egress device "eth0" priority 0; }',
            `; add rule netdev forge out ip6 daddr ${gateway} tcp dport 9999 ip6 daddr set ::1`,
          );
          const knock = () => within("sh", "-c", `busybox nc -w 1 ${gateway} 9999 </dev/null || :`);
          for (const value of ["0", "1"]) {
            network.run("sh", "-c", `cd /proc/sys/net/bridge 2>/dev/null || exit 0; echo ${value} >bridge-nf-call-ip6tables`);
            knock();
            assert.is(taken(network), 0, `br_netfilter: ${value}`);
          }
          network.run("nft", "flush", "chain", "inet", `cloister_${site.rig.project}`, "guard");
          knock();
          assert.ok(taken(network) > 0);
          network.run("nft", "delete", "table", "inet", "probe");
        },
        { network },
      ),
    ),
);

test.run();
