// timeout: 600 s
import * as process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { ProcessorShare, processorSlowness } from "../support/processor-time.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const sleeper = { command: ["sleep", "1000"], mounts: { "/cache": { type: "tmpfs", size: "1M" } } };

/** After so long what its start has left is cleared away. */
const settledMs = 10_000;
/** Long enough for some looks at everything. */
const idleMs = 150_000;

live("watching 50 environments of which nothing happens takes less than half a percent of a processor", () =>
  withSite(async (site) => {
    site.declare(Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`e${number}`, sleeper])));
    await site.apply();
    await withWatch(site, [], async (watching) => {
      await passed(settledMs);
      const share = new ProcessorShare(watching.pid);
      await passed(idleMs);
      const used = share.now();
      process.stdout.write(`\n  watching 50 environments of which nothing happens: ${(used * 100).toFixed(2)} % of a processor\n`);
      assert.ok(used < 0.005 * processorSlowness(), `${used}`);
    });
  }),
);

test.run();

async function passed(ms: number): Promise<void> {
  const begun = performance.now();
  await until("the time is over", () => performance.now() - begun > ms, 2 * ms);
}
