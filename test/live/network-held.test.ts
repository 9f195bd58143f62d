import { closeSync, openSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { send } from "../../src/host/process-end.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import type { TestNetwork } from "../support/test-network.ts";
import { withNetwork } from "../support/test-network.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "ip", "nft");

const declared: Declared = { overlay: "ephemeral", network: { mode: "nat", ports: { "8080": 80 } } };

/** The kernel takes a network apart some time after its last process has ended: here not before `body` has. */
async function withEndedHeld(body: (site: Site, network: TestNetwork, before: string) => Promise<void>): Promise<void> {
  await withNetwork((network) =>
    withSite(
      async (site) => {
        site.declare({ web: declared });
        const before = network.seen();
        await site.apply();
        const { pid, start } = await site.seen();
        const held = openSync(`/proc/${pid}/ns/net`, "r");
        try {
          send({ pid, start }, "SIGKILL");
          await until("it has ended", () => startOf(pid) !== start);
          await body(site, network, before);
        } finally {
          closeSync(held);
        }
      },
      { network },
    ),
  );
}

live("a network that the kernel has not taken apart yet keeps nothing of the host's from going: with the next life", () =>
  withEndedHeld(async (site, network, before) => {
    await site.apply();
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    assert.is(network.seen(), before);
  }),
);

live("the same with the life itself", () =>
  withEndedHeld(async (site, network, before) => {
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    assert.is(network.seen(), before);
  }),
);

test.run();
