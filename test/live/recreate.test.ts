import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** What cannot change while an environment lives, each from the declaration before it. */
const changes: readonly (readonly [declared: Declared, field: RegExp])[] = [
  [{ time_offsets: { monotonic: 10, boottime: 20 } }, /namespaces\.time +host -> private/],
  [{ time_offsets: { monotonic: 10, boottime: 30 } }, /namespaces\.time_offsets\.boottime +20 s -> 30 s/],
  [{ namespaces: { ipc: "host" } }, /namespaces\.ipc +private -> host/],
  [{ network: { mode: "host" } }, /namespaces\.net +private -> host/],
  [{ users: mapped(0x7ffe0000) }, /namespaces\.uid_map +0 \d+ 65536 -> 0 2147352576 65536/],
  [{ users: mapped(0x7ffe0000), overlay: "ephemeral" }, /rootfs\.overlay +persistent -> ephemeral/],
  [{ users: mapped(0x7ffe0000), overlay: "ephemeral", read_only: true }, /rootfs\.options +nodev -> nodev,ro/],
  [{ rootfs: { directory: "./other-root" } }, /rootfs +[0-9a-f]{16} -> [0-9a-f]{16}/],
];

live("what cannot change in place is made anew, and only when that is allowed", () =>
  withSite(async (site) => {
    cpSync(site.root, join(site.rig.directory, "other-root"), { recursive: true });
    writeFileSync(join(site.rig.directory, "other-root/etc/other"), "other\n");
    await site.stand({ command: ["sleep", "1000"] });
    let before = await site.seen();
    for (const [declared, field] of changes) {
      site.declare({ web: { command: ["sleep", "1000"], ...declared } });
      const plan = (await site.rig.expect(0, "plan")).stdout;
      assert.match(plan, /-\/\+ recreate +web /);
      assert.match(plan, field);
      assert.match(plan, new RegExp(`ends pids? .*${before.pid}`), "whom it ends is said");
      assert.not.match(plan, /in place/, "what is made anew costs what the whole does");
      assert.is((await site.status()).root, site.root, "the root that stands, not the one it is to get");
      const refused = await site.rig.expect(64, "apply");
      assert.match(refused.stderr, /usage\/not-confirmed: this would recreate web/);
      assert.is((await site.seen()).identity, before.identity, "nothing was changed");
      await site.apply();
      const after = await site.seen();
      assert.is.not(after.identity, before.identity);
      assert.is.not(after.id, before.id);
      assert.is(startOf(before.pid), null, "the one before has ended");
      before = after;
    }
    assert.is(await site.inside("cat", "/etc/other"), "other");
    assert.is((await site.status()).root, join(site.rig.directory, "other-root"));
  }),
);

live("who joins the namespaces of what is made anew is made anew with it", () =>
  withSite(async (site) => {
    const joined = { namespaces: { net: "join:db", ipc: "join:db" } };
    site.declare({ web: joined, db: {}, other: {} });
    await site.apply();
    const before = { web: await site.seen("web"), db: await site.seen("db"), other: await site.seen("other") };
    assert.is(before.web.namespaces.net, before.db.namespaces.net);
    site.declare({ web: joined, db: { read_only: true }, other: {} });
    const plan = (await site.rig.expect(0, "plan")).stdout;
    assert.match(plan, /recreate +web [\s\S]*joins namespaces of db, which is made anew/);
    await site.apply();
    const after = { web: await site.seen("web"), db: await site.seen("db"), other: await site.seen("other") };
    assert.is.not(after.db.identity, before.db.identity);
    assert.is(after.web.namespaces.net, after.db.namespaces.net);
    assert.is(after.web.namespaces.ipc, after.db.namespaces.ipc);
    assert.is(after.other.identity, before.other.identity);
  }),
);

test.run();

function mapped(outside: number): Declared {
  const range = [{ inside: 0, outside, count: 65536 }];
  return { mode: "map", uid_mappings: range, gid_mappings: range };
}
