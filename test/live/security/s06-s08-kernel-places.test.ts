// S06: /dev, /proc, /sys, /run, /etc and /tmp of a root that are links or files are refused by name, nothing written.
// S07: masks are the host's null device, whatever the root has put there. S08: kernel files are written on kernel file systems only.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeKernel } from "../../../src/host/files.ts";
import { busyboxRoot } from "../../support/busybox.ts";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a link or a file where the kernel's directories go is refused by name, and nothing is written through it", () =>
  withSite(async (site) => {
    const outside = join(site.rig.directory, "outside");
    mkdirSync(outside);
    for (const name of ["dev", "proc", "sys", "run", "etc", "tmp"]) {
      const path = join(site.root, name);
      renameSync(path, `${path}.right`);
      for (const spoil of [() => symlinkSync(outside, path), () => writeFileSync(path, ""), () => execFileSync("mkfifo", [path])]) {
        spoil();
        site.declare({ web: { overlay: name === "etc" ? "none" : "ephemeral" } });
        const { stdout } = await site.rig.expect(1, "apply", "--yes");
        assert.match(stdout, new RegExp(`the root's /${name} is (a symbolic link|not a directory)`));
        assert.equal(readdirSync(outside), []);
        rmSync(path);
      }
      renameSync(`${path}.right`, path);
    }
    assert.not.match(readFileSync("/proc/self/mountinfo", "utf8"), new RegExp(outside));
    // The control: what a script does.
    const root = busyboxRoot(join(site.rig.directory, "naive"));
    rmSync(join(root, "dev"), { recursive: true });
    symlinkSync(outside, join(root, "dev"));
    execFileSync("mkdir", ["-p", join(root, "dev/pts")]);
    assert.ok(existsSync(join(outside, "pts")));
  }),
);

live("a mask is the null device of the host, or an empty read-only directory, even where the root's /dev/null is something else", () =>
  withSite(async (site) => {
    writeFileSync(join(site.root, "file"), "of the root\n");
    mkdirSync(join(site.root, "directory"));
    writeFileSync(join(site.root, "directory/file"), "of the root\n");
    const bait = join(site.root, "dev/null");
    writeFileSync(bait, "bait\n");
    const masked = ["/proc/keys", "/proc/timer_list", "/sys/firmware", "/file", "/directory"];
    await site.stand({
      security: { masked_paths: masked },
      mounts: { "/dev": null, "/dev/pts": null, "/dev/shm": null, "/dev/mqueue": null },
    });
    const host = statSync("/dev/null");
    const { pid } = await site.seen();
    for (const path of ["/proc/keys", "/proc/timer_list", "/file"].filter((one) => one === "/file" || existsSync(one))) {
      const stat = statSync(`/proc/${pid}/root${path}`);
      assert.equal([stat.rdev, stat.dev, stat.ino], [host.rdev, host.dev, host.ino], path);
      assert.is(await site.inside("cat", path), "", path);
    }
    for (const path of ["/sys/firmware", "/directory"]) {
      assert.is(await site.inside("ls", "-A", path), "", path);
      assert.is.not((await site.exec(["touch", `${path}/made`])).code, 0, path);
    }
    assert.is(await site.inside("cat", "/dev/null"), "bait", "the root's own is what it was");
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    site.declare({ db: { security: { masked_paths: ["/not-there"] } } });
    assert.match((await site.rig.expect(1, "apply", "--yes", "db")).stdout, /masked path \/not-there: does not exist/);

    // The control: a mask from inside takes whatever lies at /dev/null there.
    const naive = [
      "--mount",
      "--propagation",
      "private",
      "chroot",
      site.root,
      "/bin/sh",
      "-c",
      "/bin/mount -o bind /dev/null /file; cat /file",
    ];
    assert.is(spawnSync("unshare", naive, { encoding: "utf8" }).stdout, "bait\n");
  }),
);

live("a kernel file is written on a file system of the kernel only", () =>
  withSite(async (site) => {
    const file = join(site.rig.directory, "uid_map");
    writeFileSync(file, "as it was\n");
    assert.throws(() => writeKernel(file, "0 0 1\n"), /is on no file system of the kernel's/);
    assert.is(readFileSync(file, "utf8"), "as it was\n");
    writeKernel("/proc/self/oom_score_adj", readFileSync("/proc/self/oom_score_adj", "utf8"));
    // The control.
    writeFileSync(file, "0 0 1\n");
    assert.is(readFileSync(file, "utf8"), "0 0 1\n");
  }),
);

test.run();
