import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

const counting: Declared = { command: ["sh", "-c", "i=0; while :; do i=$$((i+1)); echo $$i; echo $$i >/count; sleep 0.05; done"] };

/** What of an environment is the same as long as nothing was made anew. */
const lifeOf = async (site: Site, name: string) => [(await site.seen(name)).identity, (await site.status(name)).process];

const run = ({ rig }: Site, name: string, ...command: readonly string[]) => rig.expect(0, "exec", "-T", name, "--", ...command);

/** A site whose `old` was renamed to `web` while it ran. */
function withRenamed(body: (site: Site, before: readonly unknown[]) => Promise<void>): Promise<void> {
  return withSite(async (site) => {
    site.declare({ old: counting });
    await site.apply();
    await run(site, "old", "touch", "/kept");
    const before = await lifeOf(site, "old");
    site.declare({ web: { ...counting, moved_from: "old" } });
    const shown = (await site.rig.expect(0, "plan")).stdout;
    assert.match(shown, /web \(running, pid \d+\)[\s\S]*~ in place {2}web\.moved_from +renamed from old/);
    assert.not.match(shown, /destroy|create/);
    assert.equal(await site.changes(), ["update web.hostname", "update web.moved_from"]);
    await site.rig.expect(0, "apply");
    await body(site, before);
  });
}

live("a running environment gets another name with the same processes, and every verb knows it by that", () =>
  withRenamed(async (site, before) => {
    const { rig } = site;
    assert.equal(await lifeOf(site, "web"), before);
    assert.equal(await site.changes(), [], "a second apply has nothing to do");
    await rig.expect(0, "drift");
    assert.equal([(await site.status("web")).pending, (await site.status("web")).drifted], [[], []]);
    assert.is((await run(site, "web", "hostname")).stdout, "web\n");
    const count = Number((await run(site, "web", "cat", "/count")).stdout);
    await until("the process to go on counting", async () => Number((await run(site, "web", "cat", "/count")).stdout) > count);
    assert.match((await rig.expect(0, "logs", "web")).stdout, /^1\n2\n/);
    assert.is((await rig.cloister("exec", "-T", "old", "--", "true")).code, 125);
    for (const directory of [join(rig.stateDir, "run", rig.project), join(rig.stateDir, "state", rig.project, "logs")])
      assert.equal([existsSync(join(directory, "old")), existsSync(join(directory, "web"))], [false, true], directory);
    const { pid } = await site.seen("web");
    await run(site, "web", "umount", "/tmp").catch(() => undefined);
    await rig.start(["nsenter", `--mount=/proc/${pid}/ns/mnt`, "umount", "/run"], {});
    await rig.expect(2, "drift");
    await site.apply();
    assert.equal(await lifeOf(site, "web"), before);
  }),
);

live("what was written inside is its own after a recreation, without moved_from, and after a destroy and a start", () =>
  withRenamed(async (site, before) => {
    const { rig } = site;
    site.declare({ web: counting });
    await site.apply();
    assert.equal(await lifeOf(site, "web"), before, "moved_from may go when it was applied");
    site.declare({ web: { ...counting, time_offsets: { boottime: 100 } } });
    await rig.expect(0, "apply", "-y");
    await run(site, "web", "test", "-e", "/kept");
    assert.equal(await site.changes(), []);
    await rig.expect(0, "destroy", "-y", "web");
    await site.apply();
    await run(site, "web", "test", "-e", "/kept");
  }),
);

live("a rename and a recreation at once, and the rename of what does not run, keep what was written", () =>
  withSite(async (site) => {
    const { rig } = site;
    site.declare({ first: {} });
    await site.apply();
    site.declare({ old: { moved_from: "first" } });
    await site.apply();
    await rig.expect(0, "verify", "old");
    await run(site, "old", "touch", "/kept");
    site.declare({ web: { moved_from: "old", time_offsets: { boottime: 100 } } });
    await rig.expect(0, "apply", "-y");
    await run(site, "web", "test", "-e", "/kept");
    assert.equal(await site.changes(), []);
    await rig.expect(0, "destroy", "-y");
    site.declare({ third: { moved_from: "web" } });
    await rig.expect(0, "apply", "-y");
    await run(site, "third", "test", "-e", "/kept");
    assert.equal(await site.changes(), []);
  }),
);

live("back again: by a rollback, by the manifest, and through a chain of names", () =>
  withRenamed(async (site, before) => {
    const { rig } = site;
    await rig.expect(0, "rollback", "-y", "1");
    assert.equal(await lifeOf(site, "web"), before, "until the manifest says so too, it is known by either name");
    site.declare({ old: counting });
    assert.equal(await site.changes().then((changes) => changes.filter((line) => !/moved_from/.test(line))), []);
    assert.equal(await lifeOf(site, "old"), before);
    await site.apply();
    site.declare({ one: { ...counting, moved_from: "old" } });
    await site.apply();
    site.declare({ two: { ...counting, moved_from: "one" } });
    await site.apply();
    assert.equal(await lifeOf(site, "two"), before);
    // Another one may have the old name now.
    site.declare({ two: counting, old: {} });
    await site.apply();
    assert.equal(await lifeOf(site, "two"), before);
    await rig.expect(0, "destroy", "-y", "--volumes", "old");
    site.declare({ two: counting });
    await site.apply();
    assert.equal(await lifeOf(site, "two"), before);
  }),
);

live(
  "without its record it is known by its run directory, also beside another one of its old name; without that by moved_from; without that too it is an orphan",
  () =>
    withRenamed(async (site, before) => {
      const { rig } = site;
      site.declare({ web: counting, old: {} });
      await site.apply();
      const other = await lifeOf(site, "old");
      rmSync(join(rig.stateDir, "state"), { recursive: true });
      assert.equal(await site.changes(), []);
      assert.equal([await lifeOf(site, "web"), await lifeOf(site, "old")], [before, other]);
      await site.apply();
      assert.match(
        readFileSync(join(rig.stateDir, "state", rig.project, "generations/1.json"), "utf8"),
        /"born":\{"web":"old-[a-z2-7]{8}"\}/,
      );
      await rig.expect(0, "destroy", "-y", "--volumes", "old");
      for (const lost of ["state", "run"]) rmSync(join(rig.stateDir, lost), { recursive: true });
      site.declare({ web: { ...counting, moved_from: "old" } });
      assert.equal(await lifeOf(site, "web"), before);
      site.declare({ web: counting });
      assert.match((await rig.expect(0, "plan")).stdout, /not in the manifest: left alone, apply --prune ends them\n.*destroy {2}old/);
      assert.match((await rig.expect(1, "apply", "-y")).stderr, /engine\/range-taken/);
      site.declare({ web: { ...counting, moved_from: "old" } });
      await site.apply();
      assert.equal(await lifeOf(site, "web"), before);
      assert.match(
        readFileSync(join(rig.stateDir, "state", rig.project, "generations/1.json"), "utf8"),
        /"born":\{"web":"old-[a-z2-7]{8}"\}/,
      );
    }),
);

live(
  "a rename that is killed before or after any of its steps is finished by the next apply, with what was written, also where its record is lost",
  () =>
    withSite(async (site) => {
      const { rig } = site;
      const kept = () => join(rig.dataDir, "uppers", `${rig.project}.web`);
      for (let [step, isOver] = [1, false]; !isOver; step += 1) {
        for (const place of [`before:${step}`, `after:${step}`]) {
          site.declare({ old: counting });
          await site.apply();
          await run(site, "old", "touch", "/kept");
          const before = await lifeOf(site, "old");
          site.declare({ web: { ...counting, moved_from: "old" } });
          const { code } = await rig.run(["apply", "-y"], { env: { CLOISTER_FAILPOINT: `kill:${place}` } });
          isOver = code === 0;
          if (step % 2 === 0) rmSync(join(rig.stateDir, "state", rig.project, "generations"), { recursive: true });
          await site.apply();
          assert.equal(await lifeOf(site, "web"), before, place);
          assert.is((await run(site, "web", "hostname")).stdout, "web\n", place);
          for (const directory of [join(rig.stateDir, "run", rig.project), join(rig.stateDir, "state", rig.project, "logs")])
            assert.equal([existsSync(join(directory, "old")), existsSync(join(directory, "web"))], [false, true], `${place} ${directory}`);
          assert.equal([existsSync(kept()), existsSync(kept().replace(/web$/, "old"))], [true, false], place);
          site.declare({ web: counting });
          await site.apply();
          assert.equal(await lifeOf(site, "web"), before, place);
          await rig.expect(0, "destroy", "-y", "--volumes");
        }
        assert.ok(step < 20, "it has an end");
      }
    }),
);

live("watch renames too; what an earlier one of the name wrote is not taken over (engine/name-taken)", () =>
  withSite(async (site) => {
    const { rig } = site;
    site.declare({ web: {} });
    await site.apply();
    await rig.expect(0, "destroy", "-y");
    site.declare({ old: counting });
    await site.apply();
    const before = await lifeOf(site, "old");
    site.declare({ web: { ...counting, moved_from: "old" } });
    assert.match((await rig.expect(1, "apply", "-y")).stderr, /error engine\/name-taken: old cannot be renamed to web/);
    rmSync(join(rig.dataDir, "uppers", `${rig.project}.web`), { recursive: true });
    site.declare({ old: counting });
    await withWatch(site, [], async (watching) => {
      site.declare({ web: { ...counting, moved_from: "old" } });
      await watching.told({ type: "environment-finished", environment: "web" });
      await watching.calm();
    });
    assert.equal(await lifeOf(site, "web"), before);
    assert.equal(await site.changes(), []);
  }),
);

live("a script renames as well, and what was protected as it was applied is so under its new name", () =>
  withSite(async (site) => {
    const { rig } = site;
    const lifecycle = { prevent_destroy: true };
    site.declare({ old: { ...counting, lifecycle } });
    await site.apply();
    const before = await lifeOf(site, "old");
    site.declare({ web: { ...counting, moved_from: "old", time_offsets: { boottime: 100 } } });
    assert.match(
      (await rig.expect(1, "apply", "-y")).stderr,
      /web\.lifecycle\.prevent_destroy, as it was last applied: this would make it anew/,
    );
    site.declare({ web: { ...counting, moved_from: "old" } });
    const script = rig.write("rename.sh", (await rig.expect(0, "plan", "--script")).stdout);
    const { code, stdout, stderr } = await rig.start(["sh", script], {});
    assert.is(code, 0, stdout + stderr);
    assert.equal(await site.changes(), []);
    assert.equal(await lifeOf(site, "web"), before);
    await site.apply();
  }),
);

test.run();
