// Not in the list, and found: what an environment can write to on the host leads the next apply wherever it likes, where a source lies in it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { withSite } from "../../support/site.ts";

const code = "error engine/exposed-source: ";
const live = needs(test, "root", "busybox", "catatonit");

/** The usual way: the whole project, and parts of it in their places. */
const declared = { web: { mounts: { "/work": "./app" } }, db: { mounts: { "/config": "./app/config:ro" } } };

function project(site: Site): string {
  const app = join(site.rig.directory, "app");
  mkdirSync(join(app, "config"), { recursive: true });
  writeFileSync(join(app, "config/name"), "ours\n");
  const secret = join(site.rig.directory, "secret");
  mkdirSync(secret, { mode: 0o700 });
  writeFileSync(join(secret, "name"), "secret\n", { mode: 0o600 });
  return secret;
}

live("a source that an environment replaced by a link is refused before anything is begun, in other environments too", () =>
  withSite(async (site) => {
    const secret = project(site);
    site.declare(declared);
    await site.apply();
    await site.inside("sh", "-c", `mv /work/config /work/aside; ln -s ${secret} /work/config`);
    // The control: bound by the path that the manifest says, as it stands, it would be the secret.
    assert.is(readFileSync(join(site.rig.directory, "app/config/name"), "utf8"), "secret\n");
    const { stderr } = await site.rig.expect(1, "apply", "--yes");
    assert.match(
      stderr,
      /engine\/exposed-source: db\.mounts\["\/config"\]: .*\/app\/config leads to .*\/secret, through the link .*\/app\/config,/,
    );
    const seen = await site.rig.expect(0, "exec", "-T", "db", "--", "cat", "/config/name");
    assert.is(seen.stdout, "ours\n", "what runs keeps what it has");
    await site.rig.expect(0, "destroy", "--yes", "db");
    await site.rig.expect(1, "apply", "--yes");
    assert.is((await site.status("db")).state, "absent");
  }),
);

live("so are roots and lower directories, and links further up", () =>
  withSite(async (site) => {
    const secret = project(site);
    site.declare(declared);
    await site.apply("web");
    await site.inside("sh", "-c", `ln -s ${secret} /work/root; ln -s ${secret}/.. /work/up`);
    const cases = [
      { rootfs: { directory: "./app/root" } },
      { rootfs: { directory: "./app/up/root" } },
      { mounts: { "/data": { type: "overlay", source: "./app/root" } } },
      { mounts: { "/data": "./app/up/secret" } },
    ];
    for (const db of cases) {
      site.declare({ web: declared.web, db });
      const { stderr } = await site.rig.expect(1, "apply", "--yes", "db");
      assert.ok(stderr.includes(code), JSON.stringify(db));
    }
  }),
);

live("a directory that became a file is no image of a root, and a size is not that of what somebody put in the way", () =>
  withSite(async (site) => {
    project(site);
    mkdirSync(join(site.rig.directory, "app/root/etc"), { recursive: true });
    const db = { rootfs: { directory: "./app/root" } };
    site.declare({ web: declared.web, db });
    await site.apply("web");
    await site.inside("sh", "-c", "mv /work/root /work/aside; head -c 65536 /dev/zero >/work/root");
    const { code, stderr } = await site.rig.cloister("apply", "--yes", "db");
    assert.is(code, 1);
    assert.match(stderr, /the root.s directory is no directory/);
    await site.rig.expect(0, "destroy", "--yes", "--volumes");

    // A file system of the host's, bound, and moved over one of ours by whoever may mount.
    const shared = join(site.rig.directory, "shared");
    mkdirSync(shared);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1M", "none", shared]);
    try {
      const mounts = (size: string) => ({ "/shared": "./shared", "/t": { type: "tmpfs", size } });
      const security = { cap_add: ["SYS_ADMIN"] };
      await site.stand({ security, mounts: mounts("64K") });
      const sizes = () => execFileSync("df", ["--output=size", shared], { encoding: "utf8" });
      const before = sizes();
      const { pid, start } = await site.seen();
      await site.inside("mount", "--bind", "/shared", "/t");
      const stage = join(site.rig.directory, "stage");
      mkdirSync(stage);
      const operands = [
        resolve("dist/shim.pl"),
        process.arch,
        "attach",
        String(pid),
        start,
        stage,
        "0",
        "4",
        "reconfigure",
        "/t",
        "size",
        "131072",
      ];
      const refused = spawnSync("perl", operands, { encoding: "utf8" });
      assert.is(refused.status, 125);
      assert.match(refused.stderr, /a file system of the host/);
      assert.is(sizes(), before);
      await site.inside("umount", "/t");
      assert.is(spawnSync("perl", operands).status, 0, "ours is resized");
      await site.rig.expect(0, "destroy", "--yes");
      // The control.
      execFileSync("mount", ["-o", "remount,size=2M", shared]);
      assert.is.not(sizes(), before);
    } finally {
      execFileSync("umount", ["-l", shared]);
    }
  }),
);

live("a link of the administrator's own is followed, unless it leads to the host's root or a kernel file system", () =>
  withSite(async (site) => {
    const { directory } = site.rig;
    mkdirSync(join(directory, "data"));
    writeFileSync(join(directory, "data/name"), "data\n");
    symlinkSync("data", join(directory, "link"));
    await site.stand({ mounts: { "/data": "./link" } });
    assert.is(await site.inside("cat", "/data/name"), "data");
    for (const target of ["/", "/proc", "/proc/self/root", "/sys/kernel"]) {
      rmSync(join(directory, "link"));
      symlinkSync(target, join(directory, "link"));
      const { stderr } = await site.rig.expect(1, "apply", "--yes");
      assert.ok(stderr.includes(code) && stderr.includes("must not be seen inside"), target);
    }
  }),
);

test.run();
