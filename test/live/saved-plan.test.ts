import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

const tmpfs = (size: string) => ({ type: "tmpfs", size });
const before = { command: ["sleep", "1000"], mounts: { "/cache": tmpfs("1M"), "/other": tmpfs("1M") } };
const after = { command: ["sleep", "1000"], hostname: "two", mounts: { "/cache": tmpfs("2M"), "/other": tmpfs("1M") } };

/** A site whose `web` runs as `before`, with a plan to make it `after`. */
function withPlan(body: (site: Site, file: string) => Promise<void>): Promise<void> {
  return withSite(async (site) => {
    site.declare({ web: before, db: {} });
    await site.apply();
    site.declare({ web: after, db: {} });
    const file = join(site.rig.directory, "web.plan");
    await site.rig.expect(0, "plan", "-o", file);
    await body(site, file);
  });
}

const inMounts = async (site: Site, command: string) => {
  const { pid } = await site.seen();
  const { code, stderr } = await site.rig.start(["nsenter", `--mount=/proc/${pid}/ns/mnt`, "sh", "-c", command], {});
  assert.is(code, 0, stderr);
};

live("a saved plan is done without the manifest, in place, as a generation; a second time it is refused in words", () =>
  withPlan(async (site, file) => {
    const { rig } = site;
    const { identity } = await site.seen();
    assert.is(statSync(file).mode & 0o777, 0o600);
    assert.equal(
      readdirSync(rig.directory).filter((name) => name.startsWith("web.plan")),
      ["web.plan"],
      "nothing temporary is left",
    );
    const document: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync("schemas/output/saved-plan-v1.json", "utf8")));
    assert.ok(validate(document), JSON.stringify(validate.errors));
    assert.match(readFileSync(file, "utf8"), /\n {2}"changes": \[\n/);
    renameSync(join(rig.directory, "cloister.yaml"), join(rig.directory, "kept.yaml"));
    const applied = await rig.expect(0, "apply", "--plan", file);
    assert.match(applied.stdout, /~ in place +web\.hostname[\s\S]*~ in place +web\.mounts\["\/cache"\]/);
    renameSync(join(rig.directory, "kept.yaml"), join(rig.directory, "cloister.yaml"));
    assert.is(await site.inside("hostname"), "two");
    assert.is((await site.seen()).identity, identity);
    assert.equal(await site.changes(), []);
    assert.equal((await site.status()).pending, [], "it is noted as applied");
    const again = await rig.expect(1, "apply", "--plan", file);
    assert.match(again.stderr, /error plan\/stale: web\.hostname is not as it was when the plan was made: was "web", is "two"/);
    assert.match(again.stderr, /hint: nothing of it is left to do: it was carried out already/);
  }),
);

live("it is refused where what it rests on has moved, by its name; nothing of it is done", () =>
  withPlan(async (site, file) => {
    await inMounts(site, "mount -o remount,size=3M /cache 2>/dev/null || umount /cache");
    const refused = await site.rig.expect(1, "apply", "-y", "--plan", file);
    assert.match(refused.stderr, /error plan\/stale: web\.mounts\["\/cache"\] is not as it was when the plan was made: /);
    assert.is(await site.inside("hostname"), "web");
    const { pid } = await site.seen();
    process.kill(pid, "SIGKILL");
    const gone = await site.rig.expect(1, "apply", "-y", "--plan", file);
    assert.match(
      gone.stderr,
      new RegExp(`error plan/stale: web is not as it was when the plan was made: its keeper was pid ${pid}, is nothing`),
    );
    await site.rig.expect(0, "apply", "-y");
  }),
);

live("nothing else makes it stale: another mount of the same environment, another environment, an edited manifest", () =>
  withPlan(async (site, file) => {
    const { rig } = site;
    const { identity } = await site.seen();
    await inMounts(site, "umount /other");
    await rig.expect(0, "destroy", "-y", "--volumes", "db");
    site.declare({ web: { ...after, hostname: "three", domainname: "example.org" }, new: {} });
    await rig.expect(0, "apply", "--plan", file);
    assert.is(await site.inside("hostname"), "two");
    assert.is((await site.seen()).identity, identity);
    assert.not(
      (await site.seen()).mounts.some(({ target }) => target === "/other"),
      "what is not in the plan is not done",
    );
    assert.equal(
      (await site.changes()).filter((line) => / web\./.test(line)),
      ["update web.hostname", "create web.domainname", 'create web.mounts["/other"]'],
    );
    await rig.expect(0, "destroy", "-y", "--volumes");
  }),
);

live("a bind whose source is another directory by now is refused; what is written into it does not matter", () =>
  withSite(async (site) => {
    const { rig } = site;
    const source = join(rig.directory, "data");
    mkdirSync(source);
    site.declare({ web: { mounts: { "/srv": "./data" } } });
    const file = join(rig.directory, "web.plan");
    await rig.expect(0, "plan", "--json", "-o", file);
    renameSync(source, `${source}.old`);
    mkdirSync(source);
    const refused = await rig.expect(1, "apply", "--plan", file);
    assert.match(refused.stderr, /plan\/stale: web\.mounts\["\/srv"\] .*source\/.*data inode was "\d+", is "\d+"/);
    await rig.expect(0, "plan", "-o", file);
    writeFileSync(join(source, "file"), "new");
    await rig.expect(0, "apply", "--plan", file);
    assert.is(await site.inside("cat", "/srv/file"), "new");
    assert.match((await rig.expect(1, "apply", "--plan", file)).stderr, /web is not as it was .*its keeper was nothing, is pid \d+/);
  }),
);

live("what ends asks, what is protected is refused, what was held stays pending", () =>
  withPlan(async (site, file) => {
    const { rig } = site;
    site.declare({ web: { ...after, time_offsets: { boottime: 100 } }, db: { hostname: "other", command: ["sleep", "1"] } });
    await rig.expect(0, "plan", "-o", file);
    assert.match((await rig.expect(64, "apply", "--plan", file)).stderr, /usage\/not-confirmed/);
    await rig.expect(0, "apply", "-y", "--plan", file);
    assert.is(await site.inside("hostname"), "two");
    site.declare({ web: { ...after, hostname: "four" }, db: { hostname: "other", command: ["sleep", "1"] } });
    await rig.expect(0, "plan", "--no-restart", "-o", file);
    assert.match((await rig.expect(0, "apply", "--plan", file)).stdout, /nothing to do: the saved plan has no changes/);
    site.declare({ web: { ...after, time_offsets: { boottime: 100 }, lifecycle: { prevent_destroy: true } }, db: {} });
    await rig.expect(0, "apply", "-y");
    site.declare({ web: { ...after, lifecycle: { prevent_destroy: true } }, db: {} });
    await rig.expect(1, "plan", "-o", `${file}.refused`);
    assert.not(existsSync(`${file}.refused`));
    site.declare({ web: { ...after, time_offsets: { boottime: 100 } }, db: {} });
    await site.apply();
  }),
);

live(
  "a file that is cut, changed, newer, of another kind, or that others can write, is refused with what is wrong (plan/unusable, plan/newer-version)",
  () =>
    withPlan(async (site, file) => {
      const { rig } = site;
      const text = readFileSync(file, "utf8");
      const refuses = async (changed: string, wrong: RegExp) => {
        writeFileSync(file, changed);
        assert.match((await rig.expect(1, "apply", "-y", "--plan", file)).stderr, wrong);
      };
      for (const part of [0, 1, 0.1, 0.5, 0.99])
        await refuses(
          text.slice(0, Math.floor(text.length * part) - (part === 1 ? 3 : 0)),
          /error plan\/unusable: .* was cut, or is no JSON/,
        );
      await refuses(text.replace('"hostname": "two"', '"hostname": "six"'), /error plan\/unusable: .* its checksum differs/);
      await refuses(text.replace("saved-plan/v1", "saved-plan/v2"), /error plan\/newer-version: .* newer cloister/);
      await refuses((await rig.expect(0, "plan", "--json")).stdout, /is no saved plan \(its schema is cloister\/plan\/v1\)/);
      await refuses("[]", /is no saved plan/);
      writeFileSync(file, text);
      chmodSync(file, 0o622);
      assert.match((await rig.expect(1, "apply", "--plan", file)).stderr, /plan\/unusable: .* can be written by others/);
      chmodSync(file, 0o600);
      assert.match((await rig.expect(1, "apply", "--plan", `${file}.none`)).stderr, /plan\/unusable: .* cannot be read/);
      assert.match((await rig.expect(1, "apply", "--plan", "/dev/null")).stderr, /plan\/unusable: .* is no file/);
      assert.match((await rig.expect(64, "apply", "-p", "elsewhere", "--plan", file)).stderr, /the plan is of project/);
      assert.match((await rig.expect(64, "apply", "--plan", file, "web")).stderr, /a saved plan says all that is to be done/);
      assert.match((await rig.expect(64, "plan", "-o", "/proc/none/plan")).stderr, /cannot be written/);
      assert.is(await site.inside("hostname"), "web", "nothing was done");
    }),
);

live("a project of the same name that runs from another directory is not touched by it", () =>
  withPlan(async (site, file) => {
    const { rig } = site;
    const moved: { directory: string } = JSON.parse(readFileSync(file, "utf8"));
    assert.is(moved.directory, rig.directory);
    await rig.expect(0, "destroy", "-y", "--volumes");
    rig.write("elsewhere/cloister.yaml", readFileSync(join(rig.directory, "cloister.yaml"), "utf8").replaceAll("./root", "../root"));
    await rig.expect(0, "apply", "-y", "-f", join(rig.directory, "elsewhere/cloister.yaml"));
    assert.match((await rig.expect(1, "apply", "-y", "--plan", file)).stderr, /engine\/foreign-project/);
    await rig.expect(0, "destroy", "-y", "--volumes", "-f", join(rig.directory, "elsewhere/cloister.yaml"));
  }),
);

test.run();
