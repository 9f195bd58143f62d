// timeout: 900 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { standForDrift } from "../../support/drift-kinds/place.ts";
import { needs } from "../../support/needs.ts";
import { observer } from "../../support/observer.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit", "memory limits", "pids limits", "cpu limits");

/** How often what nobody touches is looked at: an hour of a watch that looks every 1.2 s. */
const observations = 3_000;

live(`${observations} observations of what nobody touches find nothing, in what sleeps and in what starts processes all the time`, () =>
  withSite(async (site) => {
    await standForDrift(site, null);
    const look = observer(site.rig);
    const reported: string[] = [];
    for (let count = 0; count < observations; count++) {
      const { findings, pending, basis } = await look();
      reported.push(...findings.map(({ address, found, evidence }) => `${address}: ${found} (${evidence})`), ...pending);
      if (basis !== "generation") reported.push("what was applied is not known");
    }
    assert.equal(reported, []);
    process.stdout.write(`${observations} observations of 2 environments, nothing falsely reported\n`);
  }),
);

test.run();
