import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { mountAt, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a bind shows its owner as root, and what root writes is that owner's; or otherwise, as it is asked for", () =>
  withSite(async (site) => {
    const source = join(site.rig.directory, "site");
    mkdirSync(source);
    for (const [name, owner] of [
      ["owned", 4711],
      ["roots", 0],
    ] as const) {
      writeFileSync(join(source, name), "");
      chownSync(join(source, name), owner, owner);
    }
    chownSync(source, 4711, 4711);
    const bind = (idmap: unknown): Declared => ({ type: "bind", source: "./site", idmap });
    await site.stand({
      mounts: { "/owner": "./site", "/shift": bind("shift"), "/none": bind("none"), "/map": bind({ "4711": 33, "0": 0 }) },
    });
    const owners = async (target: string) => (await site.inside("stat", "-c", "%u:%g", `${target}/owned`, `${target}/roots`)).split("\n");
    assert.equal(await owners("/owner"), ["0:0", "65534:65534"]);
    assert.equal(await owners("/shift"), ["4711:4711", "0:0"]);
    assert.equal(await owners("/none"), ["65534:65534", "65534:65534"]);
    assert.equal(await owners("/map"), ["33:33", "0:0"]);
    const written = async (target: string) => {
      const { code } = await site.exec(["touch", `${target}/new`]);
      if (code !== 0) return null;
      const { uid, gid } = statSync(join(source, "new"));
      rmSync(join(source, "new"));
      return [uid, gid];
    };
    assert.equal(await written("/owner"), [4711, 4711]);
    assert.equal(await written("/shift"), [0, 0]);
    assert.is(await written("/none"), null, "it is nobody's");
    assert.equal(await written("/map"), [0, 0]);
  }),
);

live("a missing target is made: a directory or a file, root's, and it stays", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "hello\n");
    await site.stand({ mounts: { "/new/deep/directory": "./site", "/new/file": "./site/index.html:ro", "/a b/#'\"\\é": "./site" } });
    assert.is(await site.inside("stat", "-c", "%F %a %u", "/new", "/new/deep"), "directory 755 0\ndirectory 755 0");
    assert.is(await site.inside("cat", "/new/file", "/a b/#'\"\\é/index.html"), "hello\nhello");
    site.declare({ web: {} });
    await site.apply();
    assert.is(await site.inside("stat", "-c", "%F %s", "/new/deep/directory", "/new/file"), "directory 4096\nregular empty file 0");
    assert.not.ok(existsSync(join(site.root, "new")), "the root itself has nothing of it");
  }),
);

live("a target that must not be made, or cannot be, is an error, and nothing of the environment is left", () =>
  withSite(async (site) => {
    mkdirSync(join(site.rig.directory, "site"));
    const cases: readonly (readonly [declared: Declared, words: string])[] = [
      [{ mounts: { "/no/such": { type: "bind", source: "./site", create: false } } }, "target /no/such: does not exist"],
      [{ mounts: { "/no/such": "./site" }, overlay: "none" }, "with `overlay: none` nothing is made"],
      [{ mounts: { "/etc/passwd/below": "./site" } }, "/etc/passwd"],
    ];
    for (const [declared, words] of cases) await refused(site, declared, words);
  }),
);

live("a target that goes through a symbolic link is refused, with the path to write instead", () =>
  withSite(async (site) => {
    mkdirSync(join(site.rig.directory, "site"));
    symlinkSync("usr/lib", join(site.root, "lib"));
    mkdirSync(join(site.root, "usr/lib"));
    symlinkSync("/etc", join(site.root, "usr/lib/absolute"));
    await refused(site, { mounts: { "/lib/modules": "./site" } }, "write /usr/lib/modules instead");
    await refused(site, { mounts: { "/usr/lib/absolute": "./site" } }, "write /etc instead");
    await site.stand({ mounts: { "/usr/lib/modules": "./site" } });
  }),
);

for (const [kind, make] of [
  ["a symbolic link", (path: string, outside: string) => symlinkSync(outside, path)],
  ["not a directory", (path: string) => writeFileSync(path, "")],
] as const) {
  live(`a root in which a directory of the system is ${kind} is refused, and nothing is written anywhere`, () =>
    withSite(async (site) => {
      const outside = join(site.rig.directory, "outside");
      mkdirSync(outside);
      for (const name of ["dev", "proc", "sys", "run", "etc", "tmp"]) {
        const path = join(site.root, name);
        rmSync(path, { recursive: true });
        make(path, outside);
        await refused(site, {}, `the root's /${name} is ${kind}`);
        assert.equal(readdirSync(outside), [], name);
        rmSync(path);
        mkdirSync(path);
      }
    }),
  );
}

live("a missing source is an error unless it may be missing", () =>
  withSite(async (site) => {
    site.declare({ web: { mounts: { "/srv": "./nowhere" } } });
    const { code, stderr } = await site.rig.cloister("apply", "-y");
    assert.is(code, 3);
    assert.match(stderr, /nowhere/);
    const optional = { "/srv": { type: "bind", source: "./nowhere", optional: true } };
    await site.stand({ mounts: optional });
    site.rig.write("nowhere/now.txt", "here\n");
    assert.equal(await site.changes(), ['create web.mounts["/srv"]']);
    await site.apply();
    assert.is(await site.inside("cat", "/srv/now.txt"), "here");
  }),
);

live("a volume outlives the environment, can be shared, and goes with --volumes when nobody names it any more", () =>
  withSite(async (site) => {
    const volume = join(site.rig.dataDir, "volumes", `${site.rig.project}.notes`);
    const mounts = { "/notes": "notes" };
    site.declare({ web: { mounts }, db: { mounts } });
    await site.apply();
    await site.inside("sh", "-c", "echo kept >/notes/file");
    const read = async () => (await site.rig.expect(0, "exec", "-T", "db", "--", "cat", "/notes/file")).stdout;
    assert.is(await read(), "kept\n");
    assert.is(statSync(join(volume, "file")).uid, 0, "ids on disk are those inside");
    await site.rig.expect(0, "destroy", "-y");
    await site.apply("db");
    assert.is(await read(), "kept\n");
    await site.apply("web");
    await site.rig.expect(0, "destroy", "-y", "--volumes", "web");
    assert.is(await read(), "kept\n", "db names it still");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.not.ok(existsSync(volume));
  }),
);

live("file systems in memory hold what they may and no more, with the mode and flags that were asked for", () =>
  withSite(async (site) => {
    await site.stand({ mounts: { "/small": { type: "tmpfs", size: "64K", mode: "1770", options: ["noexec", "noatime"] } } });
    assert.is(await site.inside("stat", "-c", "%a %u %g", "/small"), "1770 0 0");
    const full = await site.exec(["dd", "if=/dev/zero", "of=/small/file", "bs=1k", "count=100"]);
    assert.match(full.stderr, /No space left on device/);
    assert.is(await site.inside("stat", "-c", "%s", "/small/file"), "65536");
    await site.inside("sh", "-c", "cp /bin/busybox /tmp/true && /tmp/true true");
    const options = mountAt(await site.seen(), "/small").options;
    for (const option of ["nosuid", "nodev", "noexec", "noatime"]) assert.ok(options.includes(option), options.join());
    assert.not.ok(mountAt(await site.seen(), "/tmp").options.includes("noexec"));
  }),
);

live("a source that is a mount point of the host itself can be bound", () =>
  withSite(async (site) => {
    await site.stand({ mounts: { "/host-shm": { type: "bind", source: "/dev/shm", read_only: true, idmap: "none" } } });
    assert.is((await site.exec(["touch", "/host-shm/x"])).code, 1);
  }),
);

test.run();

/** An apply that must fail with these words, and after which nothing stands. */
async function refused(site: Site, declared: Declared, words: string): Promise<void> {
  site.declare({ web: { overlay: "ephemeral", ...declared } });
  const { code, stdout, stderr } = await site.rig.cloister("apply", "-y");
  assert.is(code, 1, stdout + stderr);
  assert.ok(stdout.includes("error engine/assembly-failed: web: "), stdout + stderr);
  assert.ok(stdout.includes(words), stdout);
  assert.is((await site.status()).state, "absent");
}
