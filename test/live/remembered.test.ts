import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KnownKeepers } from "../../src/host/discover.ts";
import { discover } from "../../src/host/discover.ts";
import { parseStat } from "../../src/kernel/proc.ts";
import { sleepInside } from "../support/drift-kinds/place.ts";
import { needs } from "../support/needs.ts";
import { observer } from "../support/observer.ts";
import { moveOut, startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

// What one process remembers from one look to the next, as a watch does: it is never believed of what is another one by now.

const live = needs(test, "root", "busybox", "catatonit");

const sleeping = { command: ["sleep", "1000"] };

live("a keeper that is known is found as one that is not, also without its parent, and another one in its place", () =>
  withSite(async (site) => {
    site.declare({ web: sleeping, db: sleeping });
    await site.apply();
    const known: KnownKeepers = new Map();
    const run = `${site.rig.stateDir}/run/${site.rig.project}`;
    const look = () => {
      const found = discover(site.rig.project, [], { run, known });
      assert.equal(found, discover(site.rig.project, [], { run }));
      return found.flatMap(({ name, keeper }) => (keeper === null ? [] : [[name, keeper.pid] as const]));
    };
    const first = new Map(look());
    assert.equal([...first.keys()].sort(), ["db", "web"]);
    assert.is(known.size, 2);
    look();
    const [web = 0, db = 0] = [first.get("web"), first.get("db")];
    const parent = parseStat(readFileSync(`/proc/${web}/stat`, "utf8"))?.parent ?? 0;
    process.kill(parent, "SIGKILL");
    await until("its parent is gone", () => startOf(parent) === null);
    look();
    process.kill(db, "SIGKILL");
    await until("it has ended", () => startOf(db) === null);
    look();
    assert.is(known.has(db), false, "who is gone is forgotten");
    await site.apply();
    assert.is.not(new Map(look()).get("db"), db);
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(look(), []);
    await until("the host's init has buried the keeper", () => site.left().length === 0);
  }),
);

live("who left its groups is found in the next look, however soon, and who came past them a moment later", () =>
  withSite(async (site) => {
    site.declare({ web: sleeping, busy: sleeping });
    await site.apply();
    const seen = await site.seen();
    const main = (await site.status()).process?.pid ?? 0;
    // Somebody else is in it: then the processes of the whole machine are looked at.
    const [end, look] = [await sleepInside({ site, seen, main, child: 0, network: null }, "1000003"), observer(site.rig)];
    const strays = async () => (await look()).findings.map(({ address, found }) => `${address}: ${found}`);
    const [one, ...none] = await strays();
    assert.match(one ?? "", /^web\.cgroups: /);
    assert.equal(none, []);
    await site.apply();
    await until("it is back", async () => (await strays()).length === 0);
    moveOut(main);
    assert.is((await strays()).length, 1);
    await site.apply();
    await until("it is back", async () => (await strays()).length === 0);
    const other = await sleepInside({ site, seen, main, child: 0, network: null }, "1000004");
    await until("another one is found", async () => (await strays()).length === 1, 1_000);
    await other();
    await end();
  }),
);

test.run();
