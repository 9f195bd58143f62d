import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const declared: Declared = { mounts: { "/cache": { type: "tmpfs", size: "1M" } } };
const mounted = (pid: number, target = "/cache") => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(` ${target} `);
const intentsOf = ({ rig }: Site) => join(rig.stateDir, "state", rig.project, "intents");

function unmount(pid: number): void {
  const { status, stderr } = spawnSync("nsenter", ["-t", String(pid), "-m", "--", "umount", "/cache"], { encoding: "utf8" });
  assert.is(status, 0, stderr);
}

interface PauseDocument {
  readonly pauses: readonly { readonly environment: string; readonly reason: string | null; readonly until: string | null }[];
  readonly resumed: readonly string[];
  readonly warnings: readonly { readonly code: string }[];
}

async function told({ rig }: Site, ...args: readonly string[]): Promise<PauseDocument> {
  const document: PauseDocument = JSON.parse((await rig.expect(0, ...args, "--json")).stdout);
  return document;
}

async function conditionOf(site: Site, name: string) {
  const found = (await site.status()).conditions.find(({ condition }) => condition === name);
  assert.ok(found, name);
  return found;
}

live("a paused environment is left alone by watch, drift and edits; resumed, both are dealt with at once", () =>
  withSite(async (site) => {
    site.declare({ web: declared, db: declared });
    await site.apply();
    const { pid } = await site.seen();
    const other = (await site.seen("db")).pid;
    await withWatch(site, [], async (watching) => {
      assert.equal(
        (await told(site, "pause", "web", "--reason", "looking")).pauses.map(({ environment, reason, until: end }) => [
          environment,
          reason,
          end,
        ]),
        [["web", "looking", null]],
      );
      const paused = await watching.told({ condition: "Paused", status: true, environment: "web" });
      assert.is(paused.message, "paused until it is resumed: looking");
      unmount(pid);
      unmount(other);
      await until("the other is repaired", () => mounted(other), 10_000);
      site.declare({ web: { mounts: { "/cache": { type: "tmpfs", size: "1M" }, "/new": { type: "tmpfs" } } }, db: declared });
      watching.signal("SIGHUP");
      await watching.calm();
      assert.equal([mounted(pid), mounted(pid, "/new")], [false, false]);
      const { status, reason, message, since } = await conditionOf(site, "Paused");
      assert.equal([status, reason, message, since], [true, "Asked", "paused until it is resumed: looking", paused.since]);
      assert.match((await site.rig.expect(0, "status")).stdout, /^ {2}paused until it is resumed: looking \(since 20/m);
      assert.equal((await told(site, "resume")).resumed, ["web"]);
      await watching.told({ condition: "Paused", status: false, environment: "web" });
      await until("what was missed is done", () => mounted(pid) && mounted(pid, "/new"), 10_000);
      await watching.calm();
    });
    assert.equal(await site.changes(), []);
    assert.not.ok(existsSync(intentsOf(site)));
  }),
);

live("a pause ends by itself, and a watch that waits for nothing else sees it", () =>
  withSite(async (site) => {
    await site.stand(declared);
    const { pid } = await site.seen();
    await told(site, "pause", "--until", "3s");
    await withWatch(site, [], async (watching) => {
      await watching.told({ condition: "Paused", status: true });
      unmount(pid);
      await watching.calm();
      assert.not.ok(mounted(pid));
      await until("it is repaired when the time is over", () => mounted(pid), 10_000);
    });
    assert.is((await conditionOf(site, "Paused")).status, false);
  }),
);

live("an apply by hand says that it is paused, does what it is asked for, and the pause stays; destroy ends it", () =>
  withSite(async (site) => {
    await site.stand(declared);
    const { pid } = await site.seen();
    await told(site, "pause", "--until", "2999-01-01");
    unmount(pid);
    const plan: Pick<PauseDocument, "warnings"> = JSON.parse((await site.rig.expect(0, "plan", "--json")).stdout);
    assert.equal(
      plan.warnings.map(({ code }) => code),
      ["engine/paused"],
    );
    const { stdout } = await site.rig.expect(0, "apply");
    assert.match(stdout, /warning engine\/paused: web is paused until 2999-01-01T00:00:00\.000Z; an apply changes it all the same/);
    assert.ok(mounted(pid));
    assert.is((await conditionOf(site, "Paused")).status, true);
    await site.rig.expect(0, "watch", "--once");
    await site.rig.expect(0, "destroy", "-y");
    assert.not.ok(existsSync(intentsOf(site)));
    await site.apply();
    assert.is((await conditionOf(site, "Paused")).status, false);
    await told(site, "pause");
    site.declare({});
    await site.rig.expect(0, "destroy", "-y", "--volumes", "web");
    assert.not.ok(existsSync(intentsOf(site)), "of one that is not in the manifest either");
  }),
);

live("only what is known is paused, until a time to come", () =>
  withSite(async (site) => {
    site.declare({ web: declared });
    assert.match((await site.rig.expect(64, "pause", "wb")).stderr, /usage\/unknown-environment/);
    assert.match((await site.rig.expect(64, "resume", "wb")).stderr, /usage\/unknown-environment/);
    for (const until of ["yesterday", "0", "2001-01-01", "2026-99-99", "1000"])
      assert.match((await site.rig.expect(64, "pause", "--until", until)).stderr, /usage\/invalid-value/, until);
    assert.match((await site.rig.expect(0, "resume")).stdout, /nothing is paused/);
    await told(site, "pause", "web");
    await site.rig.expect(0, "destroy", "-y");
    assert.not.ok(existsSync(intentsOf(site)), "of one that does not run either");
  }),
);

live("a pause that is cut or changed is not believed and told; one of a newer version is refused", () =>
  withSite(async (site) => {
    await site.stand(declared);
    await told(site, "pause");
    const file = join(intentsOf(site), "web.pause.json");
    const text = readFileSync(file, "utf8");
    for (const damage of ["", text.slice(0, -1), text.slice(0, 40), text.replace('"web"', '"wob"'), "{}\n", "null\n"]) {
      writeFileSync(file, damage);
      assert.match((await site.rig.expect(0, "status")).stdout, /^warning record\/damaged: whether an environment is paused/m);
      assert.is((await conditionOf(site, "Paused")).status, false);
      await site.rig.expect(0, "watch", "--once");
    }
    writeFileSync(file, '{"schema":"cloister/pause/v2"}\n');
    assert.match((await site.rig.expect(1, "status")).stderr, /record\/newer-version/);
    assert.equal((await told(site, "resume", "web")).resumed, ["web"]);
    assert.is((await conditionOf(site, "Paused")).status, false);
  }),
);

live("what a watch has told is shown by status while it lives, and not for a moment longer", () =>
  withSite(async (site) => {
    await site.stand(declared);
    const started = Date.parse((await conditionOf(site, "Running")).since ?? "");
    const { start } = await site.seen();
    assert.ok(Math.abs(Date.now() - started) < 60_000 && start !== "", String(started));
    const manifest = join(site.rig.directory, "cloister.yaml");
    const good = readFileSync(manifest, "utf8");
    const hints = join(site.rig.stateDir, "run", site.rig.project, "conditions.json");
    let pid = 0;
    await withWatch(site, [], async (watching) => {
      pid = watching.pid;
      assert.equal([(await conditionOf(site, "Flapping")).status, (await conditionOf(site, "Degraded")).status], [false, false]);
      const keeper = await site.seen();
      unmount(keeper.pid);
      const { since } = await watching.told({ condition: "Synced", status: true });
      assert.is((await conditionOf(site, "Synced")).since, since);
      writeFileSync(manifest, `${good.slice(0, -1)},`);
      await watching.told({ condition: "ManifestInvalid", status: true });
      assert.match(readFileSync(hints, "utf8"), /"ManifestInvalid"/);
      writeFileSync(manifest, good);
      await watching.told({ condition: "ManifestInvalid", status: false });
      for (let time = 0; time < 3; time++) {
        await until("it is back", () => mounted(keeper.pid), 10_000);
        unmount(keeper.pid);
      }
      await watching.told({ condition: "Flapping", status: true });
      const { status, message } = await conditionOf(site, "Flapping");
      assert.is(status, true);
      assert.match(message, /^web\.mounts\["\/cache"\]: it was repaired/);
      assert.match((await site.rig.expect(0, "status")).stdout, /^ {2}flapping: web\.mounts/m);
      watching.signal("SIGKILL");
      await watching.ended;
    });
    assert.is(startOf(pid), null);
    assert.ok(existsSync(hints), "it was killed");
    assert.equal([(await conditionOf(site, "Flapping")).status, (await conditionOf(site, "Flapping")).reason], [null, "NoWatch"]);
    // The next watch takes the lock's file with it.
    await site.rig.expect(0, "watch", "--once");
    await site.rig.expect(0, "destroy", "-y");
    assert.not.ok(existsSync(hints), "what is left of it goes with the project");
    assert.equal(readdirSync(join(site.rig.stateDir, "run")), []);
  }),
);

live("a pause goes with its environment when that is renamed", () =>
  withSite(async (site) => {
    site.declare({ old: declared });
    await site.apply();
    await told(site, "pause", "old", "--reason", "looking");
    site.declare({ web: { ...declared, moved_from: "old" } });
    assert.is((await conditionOf(site, "Paused")).status, true, "before it is applied");
    const { stdout } = await site.rig.expect(0, "apply");
    assert.match(stdout, /web is paused until it is resumed: looking/);
    assert.equal(readdirSync(intentsOf(site)), ["web.pause.json"]);
    site.declare({ web: declared });
    assert.is((await conditionOf(site, "Paused")).status, true, "without moved_from");
    assert.equal((await told(site, "resume", "web")).resumed, ["web"]);
    assert.is((await conditionOf(site, "Paused")).status, false);
  }),
);

test.run();
