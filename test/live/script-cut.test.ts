// timeout: 400 s
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { everything, left, run, scriptOf } from "../support/scripts.ts";
import { processesOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "shellcheck");

live("a script that is killed at any step leaves nothing that the next apply does not mend; before the commit, nothing runs", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "site\n");
    site.declare({ web: { ...everything, overlay: "ephemeral" } });
    const steps = (text: string) => [...text.matchAll(/^at=/gm)].length;
    const count = steps(readFileSync(await scriptOf(site), "utf8"));
    assert.ok(count > 12, `${count} steps`);
    for (let step = 1; step < count; step++) {
      const text = readFileSync(await scriptOf(site), "utf8");
      let at = 0;
      const killed = text.replace(/^at=(?!beginning)/gm, (found) => (++at === step ? `kill -s KILL $$\n${found}` : found));
      const committed = killed.indexOf("kill -s KILL $$\n") > killed.indexOf("\ncommit ");
      const { code } = await run(site, ["sh", site.rig.write("killed", killed)]);
      if (code === 1) continue;
      assert.is(code, 137);
      if (!committed) await until(`its end after step ${step}`, () => processesOf(site.rig).length === 0);
      await site.apply();
      assert.is(await site.inside("cat", "/srv/index.html"), "site");
      await site.rig.expect(0, "destroy", "-y", "--volumes");
      assert.equal(left(site), [], `killed before step ${step}`);
    }
  }),
);

live("a script that fails before its commit leaves nothing running, and says where", () =>
  withSite(async (site) => {
    site.declare({ web: { overlay: "ephemeral", mounts: { "/bin/sh/x": { type: "tmpfs" } } } });
    for (;;) {
      const { code, stderr } = await run(site, ["sh", await scriptOf(site)]);
      if (stderr.includes("plan again")) continue;
      assert.ok(code !== 0);
      assert.match(stderr, /^shim: target \/bin\/sh\/x: .*\ncloister: nothing was done after: web: root and mounts/);
      break;
    }
    await until("its end", () => processesOf(site.rig).length === 0);
    site.declare({ web: { overlay: "ephemeral" } });
    await site.apply();
  }),
);

live("a script does nothing where what it was planned from no longer holds, or another run is at it", () =>
  withSite(async (site) => {
    site.declare({ web: { overlay: "ephemeral" } });
    const start = readFileSync(await scriptOf(site), "utf8");
    await site.apply();
    const first = await site.seen();
    const refused = async (text: string, why: RegExp) => {
      const { code, stderr } = await run(site, ["sh", site.rig.write("old", text)]);
      assert.is(code, 1);
      assert.match(stderr, why);
    };
    await refused(start, /^cloister: web: it runs, and did not when this was planned: plan again\n/);
    site.declare({ web: { overlay: "ephemeral", hostname: "two" } });
    const change = readFileSync(await scriptOf(site), "utf8");
    await refused(change.replace(/^same_boot .*$/m, "same_boot 0"), /the machine was started anew since this was planned/);
    assert.is((await site.seen()).identity, first.identity);
    await site.rig.expect(0, "destroy", "-y");
    await site.apply();
    const { identity } = await site.seen();
    await refused(change, /^cloister: web: process \d+, which held it when this was planned, has ended: plan again\n/);
    site.declare({ web: { overlay: "ephemeral", hostname: "three" } });
    const late = await scriptOf(site);
    const lock = `${site.rig.stateDir}/locks/${site.rig.project}.lock`;
    const held = await run(site, ["flock", lock, "sh", late]);
    assert.match(held.stderr, /^cloister: beginning: the project is locked by another run/);
    assert.is(held.code, 1);
    assert.is((await site.seen()).identity, identity);
    assert.is(await site.inside("hostname"), "two");
  }),
);

live("nothing of the caller's comes along: neither variables nor descriptors", () =>
  withSite(async (site) => {
    site.declare({ web: { overlay: "ephemeral", command: ["sleep", "1000"] } });
    for (;;) {
      const script = await scriptOf(site);
      const { stderr, code } = await run(site, ["bash", "-c", `exec 5</ 20</ 200</; export LEAKED=1; exec sh ${script}`]);
      if (stderr.includes("plan again")) continue;
      assert.is(code, 0);
      break;
    }
    const all = processesOf(site.rig);
    assert.ok(all.length >= 2);
    const parents = all.flatMap((pid) => Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]));
    for (const pid of [...all, ...parents]) {
      const open = readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
      assert.not(open.includes("/"), `${pid}: ${open.join(" ")}`);
      assert.not(readFileSync(`/proc/${pid}/environ`, "utf8").includes("LEAKED"));
    }
    // The lock is free.
    await site.rig.expect(0, "apply", "-y");
  }),
);

test.run();
