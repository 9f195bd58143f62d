import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const base: Declared = { hostname: "one", mounts: { "/cache": { type: "tmpfs", size: "1M" } }, command: ["sleep", "1000"] };

function inside({ pid }: { readonly pid: number }, ...command: readonly string[]): void {
  const { status, stderr } = spawnSync("nsenter", ["-t", String(pid), "-m", "-u", "--", ...command], { encoding: "utf8" });
  assert.is(status, 0, stderr);
}

const unmount = (pid: number) => inside({ pid }, "umount", "/cache");
const rename = (pid: number, name: string) => inside({ pid }, "hostname", name);
const mounted = (pid: number) => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(" /cache ");

/** `ADDRESS ignored-by`: what `drift` finds, and its exit code. */
async function found({ rig }: Site, code: 0 | 2, ...flags: readonly string[]): Promise<readonly string[]> {
  const { findings }: { readonly findings: readonly { readonly address: string; readonly ignored_by: string | null }[] } = JSON.parse(
    (await rig.expect(code, "drift", "--json", ...flags)).stdout,
  );
  return findings.map(({ address, ignored_by: by }) => `${address} ${by}`);
}

live("what is ignored is listed as ignored, is not counted, and apply leaves it and says so", () =>
  withSite(async (site) => {
    await site.stand({ ...base, drift: { ignore: ["hostname"], policies: { 'mounts["/cache"]': "ignore" } } });
    const { pid, identity } = await site.seen();
    rename(pid, "other");
    unmount(pid);
    assert.equal(await found(site, 0), ["web.hostname list", 'web.mounts["/cache"] policy']);
    const { drifted, ignored, synced, conditions } = await site.status();
    assert.equal({ drifted, ignored, synced }, { drifted: [], ignored: ["web.hostname", 'web.mounts["/cache"]'], synced: true });
    const told = conditions.filter(({ condition }) => ["Synced", "Drifted", "Healthy"].includes(condition));
    assert.equal(
      told.map(({ condition, status, reason }) => `${condition} ${status} ${reason}`),
      ["Synced true AsWanted", "Drifted false Ignored", "Healthy true AsWanted"],
    );
    assert.match((await site.rig.expect(0, "status")).stdout, /synced, ignored \(2\).*\n {2}ignored: hostname\n/);
    const text = (await site.rig.expect(0, "apply")).stdout;
    assert.match(
      text,
      /^ignored \(drift\): web\.hostname \(drift\.ignore\)\nignored \(drift\): web\.mounts\["\/cache"\] \(drift policy\)$/m,
    );
    assert.match(text, /nothing to change but what is ignored/);
    assert.not.ok(mounted(pid));
    assert.is(await site.inside("hostname"), "other");
    assert.is((await site.seen()).identity, identity);
  }),
);

live("an edit of what is ignored is applied all the same, and other drift is repaired", () =>
  withSite(async (site) => {
    const drift = { ignore: ["hostname", "mounts"] };
    await site.stand({ ...base, drift });
    const { pid, identity } = await site.seen();
    rename(pid, "other");
    unmount(pid);
    site.declare({ web: { ...base, hostname: "two", drift } });
    assert.equal(await found(site, 0), ["web.hostname list", 'web.mounts["/cache"] list'], "an edit is no drift");
    assert.equal(await site.changes(), ["update web.hostname"]);
    await site.apply();
    assert.is(await site.inside("hostname"), "two");
    assert.not.ok(mounted(pid));
    assert.is((await site.seen()).identity, identity);
    site.declare({ web: { ...base, hostname: "two" } });
    assert.equal(await found(site, 2), ['web.mounts["/cache"] null'], "the rules of the manifest hold at once");
    await site.apply();
    assert.ok(mounted(pid));
  }),
);

live("--ignore holds for one run of drift, plan and apply; what can be no address is refused", () =>
  withSite(async (site) => {
    await site.stand(base);
    const { pid } = await site.seen();
    unmount(pid);
    const flag = ["--ignore", "web.mounts"];
    assert.equal(await found(site, 0, ...flag), ['web.mounts["/cache"] flag']);
    const plan: { readonly changes: readonly unknown[]; readonly ignored: readonly { readonly ignored_by: string }[] } = JSON.parse(
      (await site.rig.expect(0, "plan", "--json", ...flag)).stdout,
    );
    assert.equal([plan.changes, plan.ignored.map(({ ignored_by: by }) => by)], [[], ["flag"]]);
    await site.rig.expect(0, "apply", ...flag);
    assert.not.ok(mounted(pid));
    assert.equal(await found(site, 2), ['web.mounts["/cache"] null']);
    assert.match((await site.rig.expect(64, "drift", "--ignore", "web.hostnam")).stderr, /did you mean "hostname"/);
    assert.match((await site.rig.expect(64, "drift", "--ignore", "wb.hostname")).stderr, /did you mean "web"/);
    assert.match((await site.rig.expect(64, "plan", "--ignore", "web[")).stderr, /is no address/);
    await site.apply();
    assert.ok(mounted(pid));
  }),
);

live("a root that has drifted and is ignored makes nothing anew; what else has drifted is still found", () =>
  withSite(async (site) => {
    const drift = { policies: { rootfs: "ignore" } };
    await site.stand({ ...base, drift });
    const { pid, identity } = await site.seen();
    const remount = spawnSync("mount", ["-N", String(pid), "-o", "remount,bind,ro", "/"], { encoding: "utf8" });
    assert.is(remount.status, 0, remount.stderr);
    assert.equal(await found(site, 0), ["web.rootfs.options policy"]);
    assert.equal(await site.changes(), []);
    rename(pid, "other");
    assert.equal(await found(site, 2), ["web.rootfs.options policy", "web.hostname null"]);
    await site.apply();
    assert.is((await site.seen()).identity, identity);
    assert.is(await site.inside("hostname"), "one");
    site.declare({ web: base });
    assert.ok((await site.changes()).includes("recreate web"));
  }),
);

live("watch puts back, tells or passes over what has drifted, as the policy says; edits are applied always", () =>
  withSite(async (site) => {
    const drift = { policy: "warn", policies: { hostname: "ignore", 'mounts["/cache"]': "repair" } };
    const declared = { ...base, resources: { limits: { pids: 100 } }, drift };
    await site.stand(declared);
    const { pid, identity } = await site.seen();
    await withWatch(site, [], async (watching) => {
      rename(pid, "other");
      unmount(pid);
      await until("the mount is back", () => mounted(pid), 10_000);
      await watching.calm();
      assert.is(await site.inside("hostname"), "other");
      const from = watching.lines.length;
      inside({ pid }, "umount", "/tmp");
      const { changes, generation } = await watching.told({ condition: "Synced", status: false, reason: "Warned" }, from);
      assert.equal([changes?.map(({ address }) => address), generation], [['web.mounts["/tmp"]'], 1]);
      await watching.calm();
      assert.not.match(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), / \/tmp /);
      assert.is((await site.status()).drifted.join(), 'web.mounts["/tmp"]');
      site.declare({ web: { ...declared, hostname: "two" } });
      await until("the edit is applied", async () => (await site.inside("hostname")) === "two", 10_000);
      await watching.calm();
      assert.not.match(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), / \/tmp /);
    });
    assert.is((await site.seen()).identity, identity);
    assert.is((await site.rig.run(["watch", "--once"], {})).code, 2);
    await site.apply();
    assert.match(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), / \/tmp /);
  }),
);

live("an environment that was ended is not started by a watch that is only to warn; an apply by hand starts it", () =>
  withSite(async (site) => {
    await site.stand({ drift: { policy: "warn" } });
    const { pid } = await site.seen();
    await withWatch(site, [], async (watching) => {
      process.kill(pid, "SIGKILL");
      await watching.told({ condition: "Synced", status: false, reason: "Warned" });
      await watching.calm();
      assert.is((await site.status()).state, "absent");
    });
    await site.rig.expect(2, "drift");
    await site.apply();
    assert.is((await site.status()).state, "running");
  }),
);

live("where it is not known what was applied a watch leaves what may have drifted, and apply does it", () =>
  withSite(async (site) => {
    await site.stand({ ...base, drift: { policy: "ignore" } });
    const { pid } = await site.seen();
    unmount(pid);
    rmSync(join(site.rig.stateDir, "state"), { recursive: true });
    await withWatch(site, [], async (watching) => {
      await watching.calm();
      assert.not.ok(mounted(pid));
    });
    assert.equal(await site.changes(), ['create web.mounts["/cache"]']);
    await site.apply();
    assert.ok(mounted(pid));
  }),
);

live("what an edit says that changes nothing in the kernel is noted by a watch", () =>
  withSite(async (site) => {
    await site.stand(base);
    await withWatch(site, [], async () => {
      site.declare({ web: { ...base, labels: { a: "b" } } });
      await until("it is applied", async () => (await site.status()).synced && JSON.stringify(await generations(site)) === "[1,2]", 10_000);
    });
  }),
);

test.run();

async function generations({ rig }: Site): Promise<readonly number[]> {
  const history: { readonly generations: readonly { readonly number: number }[] } = JSON.parse(
    (await rig.expect(0, "history", "--json")).stdout,
  );
  return history.generations.map(({ number }) => number);
}
