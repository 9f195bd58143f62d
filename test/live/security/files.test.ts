// S44 for files that are declared: what is written inside stays inside, and what is copied is what was meant.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a hostile root: links to the host are refused by name, and nothing outside changes", () =>
  withSite(async (site) => {
    const outside = join(site.rig.directory, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "hosts"), "of the host\n");
    symlinkSync(outside, join(site.root, "evil"));
    symlinkSync(join(outside, "hosts"), join(site.root, "link"));
    for (const path of ["/evil/hosts", "/evil/made", "/evil/deep/made", "/link"]) {
      site.declare({ web: { overlay: "ephemeral", files: { [path]: { content: "stolen\n" } } } });
      const { stdout } = await site.rig.expect(1, "apply", "-y");
      assert.match(stdout, /symbolic link, which leads to \//, path);
    }
    await site.stand();
    const { pid } = await site.seen();
    await site.inside("sh", "-c", `mkdir /var/lib; ln -s ${outside} /var/lib/app; ln -s ${outside}/hosts /var/hosts`);
    for (const path of ["/var/lib/app/hosts", "/var/lib/app/new", "/var/hosts"]) {
      site.declare({ web: { files: { [path]: { content: "stolen\n" } } } });
      assert.match((await site.rig.expect(1, "apply", "-y")).stdout, /symbolic link, which leads to \//, path);
    }
    assert.equal(execFileSync("ls", ["-A", outside], { encoding: "utf8" }), "hosts\n");
    assert.is(readFileSync(join(outside, "hosts"), "utf8"), "of the host\n");
    // Nor is what is not declared any more taken away through a link that was turned since.
    site.declare({ web: { files: { "/srv/x/hosts": { content: "of the host\n" } } } });
    await site.apply();
    await site.inside("sh", "-c", `mv /srv/x /srv/y; ln -s ${outside} /srv/x`);
    site.declare({ web: {} });
    await site.apply();
    assert.is(readFileSync(join(outside, "hosts"), "utf8"), "of the host\n");

    // The control: the naive write.
    writeFileSync(`/proc/${pid}/root/var/lib/app/hosts`, "stolen\n");
    assert.is(readFileSync(join(outside, "hosts"), "utf8"), "stolen\n");
  }),
);

live("a source is read through no link that an environment can turn, and nobody waits for a fifo", () =>
  withSite(async (site) => {
    const shared = join(site.rig.directory, "shared");
    mkdirSync(shared);
    symlinkSync("/etc/shadow", join(shared, "app.conf"));
    site.declare({ web: { mounts: { "/srv": "./shared" }, files: { "/etc/app.conf": "./shared/app.conf" } } });
    const { stdout, stderr } = await site.rig.expect(1, "apply", "-y");
    assert.match(stdout + stderr, /leads to \/etc\/shadow, through the link .* which an environment can change/);
    rmSync(join(shared, "app.conf"));
    execFileSync("mkfifo", [join(shared, "app.conf")]);
    assert.match((await site.rig.expect(3, "plan")).stderr, /is no regular file/);
    rmSync(join(shared, "app.conf"));
    writeFileSync(join(shared, "app.conf"), "fine\n");
    await site.apply();
    assert.is(await site.inside("cat", "/etc/app.conf"), "fine");
  }),
);

test.run();
