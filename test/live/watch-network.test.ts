// alone: latencies are measured
import { test } from "uvu";
import * as assert from "uvu/assert";
import { latencies } from "../support/latencies.ts";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { withNetwork } from "../support/test-network.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

/** Milliseconds within which half of the repairs are done, as docs/network.md has it. */
const promisedMs = 250;

live("a network that is changed is put back as soon as the kernel tells of it, on the host and inside", () =>
  withNetwork((network) =>
    withSite(
      async (site) => {
        await site.stand({
          command: ["sleep", "1000"],
          network: { mode: "nat", ports: { "127.0.0.1:8080": 80 }, egress: { allow: ["dns"] } },
        });
        const { identity, id, pid } = await site.seen();
        const table = `cloister_${site.rig.project}`;
        const bridge = /: (clb-[0-9a-f]{6}): /.exec(network.run("ip", "-o", "link"))?.[1] ?? "no bridge";
        const within = (...words: readonly [string, ...string[]]) => network.run("nsenter", `--net=/proc/${pid}/ns/net`, "--", ...words);
        // No address more than twice: what breaks three times within a minute is left alone for a while.
        const breaks: readonly (readonly [act: () => unknown, isBack: () => boolean])[] = [
          [() => within("ip", "route", "del", "default"), () => within("ip", "-4", "route").includes("default")],
          [
            () => network.run("ip", "link", "set", `cl-${id}`, "nomaster"),
            () => network.run("ip", "-o", "link").includes(`master ${bridge}`),
          ],
          [
            () => network.run("nft", "flush", "chain", "inet", table, "postrouting"),
            () => network.run("nft", "list", "table", "inet", table).includes("masquerade"),
          ],
          [
            () => network.run("nft", "flush", "map", "inet", table, "one4"),
            () => network.run("nft", "list", "table", "inet", table).includes("8080"),
          ],
          [
            () => network.run("sh", "-c", "echo 0 >/proc/sys/net/ipv4/ip_forward"),
            () => network.run("cat", "/proc/sys/net/ipv4/ip_forward") === "1\n",
          ],
          [() => network.run("ip", "link", "set", bridge, "down"), () => network.run("ip", "-o", "link", "show", bridge).includes(",UP")],
          [
            () => within("nft", "flush", "chain", "inet", "cloister", "egress"),
            () => within("nft", "list", "table", "inet", "cloister").includes("dport 53"),
          ],
        ];
        // Nothing is found by the timer: only by what was heard.
        await withWatch(site, ["--interval", "1h"], async (watching) => {
          const { median, slowness } = await latencies("a network is put back", breaks.length, async (time) => {
            const [act, isBack] = breaks[time] ?? [() => undefined, () => true];
            await watching.calm();
            act();
            assert.is(isBack(), false, `${time} was not broken`);
            return isBack;
          });
          assert.ok(median < promisedMs * slowness, `half of them took more than ${promisedMs} ms: ${median}`);
          await watching.calm();
        });
        assert.is((await site.seen()).identity, identity);
      },
      { network },
    ),
  ),
);

test.run();
