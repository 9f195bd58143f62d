// S24, S26: nothing is shared, and the mounts are exactly those declared. S27, S28: what of /proc, /sys and /dev is masked, read-only or not there.
// S30: no control group is in reach.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { MountLine } from "../../../src/kernel/mountinfo.ts";
import { parseMountinfo } from "../../../src/kernel/mountinfo.ts";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");
const everything = ["SYS_ADMIN", "SYS_PTRACE", "MKNOD", "NET_ADMIN", "SYS_RAWIO", "DAC_READ_SEARCH", "SYS_MODULE", "SYSLOG"];

live("the mounts are those that are declared and no others; none is shared, also where the host's are", () =>
  withSite(async (site) => {
    mkdirSync(join(site.rig.directory, "data"));
    await site.stand({ mounts: { "/data": "./data", "/t": { type: "tmpfs", size: "64K" }, "/v": { type: "volume", source: "vol" } } });
    const { mounts } = await site.seen();
    const kernel = existing([
      ...["acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug", "scsi", "timer_list", "timer_stats"].map(
        (name) => `/proc/${name}`,
      ),
      ...["bus", "fs", "irq", "sys", "sysrq-trigger"].map((name) => `/proc/${name}`),
      ...["/sys/firmware", "/sys/devices/virtual/powercap"],
    ]);
    const devices = ["full", "null", "random", "tty", "urandom", "zero"].map((name) => `/dev/${name}`);
    const declared = ["/", "/data", "/t", "/v", "/proc", "/sys", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/run", "/tmp"];
    assert.equal(mounts.map(({ target }) => target).sort(), [...declared, ...devices, ...kernel].sort());
    assert.equal(
      mounts.flatMap(({ propagation }) => propagation),
      [],
    );

    // What the host mounts in a directory that is bound does not show, nor the other way round, though the host's tree be shared.
    const script = `mount --make-rshared / && mount -t tmpfs none "$1/data" && touch "$1/data/later" && shift && "$@"`;
    const shared = ["--mount", "sh", "-c", script, "sh", site.rig.directory, ...site.rig.command("exec", "-T", "web", "--", "ls", "/data")];
    assert.is(execFileSync("unshare", shared, { cwd: site.rig.directory, env: site.rig.env, encoding: "utf8" }), "");

    // The control: what an environment has that keeps the host's tree as it is.
    const naive = parseMountinfo(
      execFileSync("unshare", ["--mount", "--propagation", "shared", "cat", "/proc/self/mountinfo"], { encoding: "utf8" }),
    );
    assert.ok(naive.some(({ propagation }) => propagation.some((one) => one.startsWith("shared:"))));
    assert.ok(naive.some(({ fstype }) => fstype.startsWith("cgroup")));
  }),
);

live("an environment that starts while the host's tree is shared shares nothing with it", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    const script = `mount --make-rshared / && "$@" && cat /proc/self/mountinfo`;
    const table = execFileSync("unshare", ["--mount", "sh", "-c", script, "sh", ...site.rig.command("apply", "--yes", "--quiet")], {
      cwd: site.rig.directory,
      env: site.rig.env,
      encoding: "utf8",
    });
    assert.ok(
      parseMountinfo(table).some(({ propagation }) => propagation.length > 0),
      "it was",
    );
    assert.equal(
      (await site.seen()).mounts.flatMap(({ propagation }) => propagation),
      [],
    );
    assert.not.match(table, new RegExp(`${site.rig.stateDir}/run`), "and nothing came back");
  }),
);

live("masked is masked and read-only is read-only, with every capability and in namespaces of its own", () =>
  withSite(async (site) => {
    await site.stand({ security: { cap_add: everything }, mounts: { "/ro": "./root:ro" } });
    const { mounts } = await site.seen();
    const denied = async (...command: readonly string[]) => assert.is.not((await site.exec(command)).code, 0, command.join(" "));
    for (const path of existing(["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/interrupts"])) {
      assert.is((await site.exec(["cat", path])).stdout, "", path);
    }
    for (const path of [
      "/proc/sys/kernel/core_pattern",
      "/proc/sysrq-trigger",
      "/sys/kernel/uevent_helper",
      "/proc/irq/default_smp_affinity",
    ]) {
      await denied("sh", "-c", `: >>${path}`);
    }
    // In namespaces of its own everything that is covered stays so.
    for (const path of ["/proc/keys", "/proc/sys", "/sys/firmware", "/ro"]) {
      await denied("unshare", "-Urm", "umount", "-l", path);
    }
    for (const path of ["/proc/sys", "/proc/bus", "/ro"]) await denied("unshare", "-Urm", "mount", "-o", "remount,bind,rw", path);
    await denied("unshare", "-Urpf", "-m", "mount", "-t", "proc", "proc", "/mnt");
    await denied("unshare", "-Urnm", "mount", "-t", "sysfs", "sysfs", "/mnt");
    for (const command of [
      ["mknod", "/tmp/disk", "b", "8", "0"],
      ["mknod", "/root/null", "c", "1", "3"],
      ["modprobe", "dummy"],
      ["dmesg"],
    ]) {
      await denied(...command);
    }
    assert.ok(flagsAt(mounts, "/").includes("nodev"));
    for (const target of ["/dev", "/run", "/tmp", "/proc", "/sys", "/dev/shm"])
      assert.ok(flagsAt(mounts, target).includes("nosuid"), target);
    const { pid } = await site.seen();
    assert.is.not(statSync("/dev/pts/ptmx").dev, statSync(`/proc/${pid}/root/dev/pts/ptmx`).dev, "terminals of its own");

    // The control: the tutorial's mounts.
    const script = "mount -t proc none /proc && cat /proc/keys && : >>/proc/sys/kernel/core_pattern && echo open";
    const naive = ["--mount", "--pid", "--fork", "--user", "--map-root-user", "chroot", site.root, "/bin/sh", "-c", script];
    assert.match(spawnSync("unshare", naive, { encoding: "utf8" }).stdout, /keyring[\s\S]*open\n$/);
  }),
);

live("no control group can be mounted for writing, none is there, and the view starts at the environment's own", () =>
  withSite(async (site) => {
    await site.stand({ security: { cap_add: everything } });
    const { mounts } = await site.seen();
    assert.equal(
      mounts.filter(({ fstype }) => fstype.startsWith("cgroup")),
      [],
    );
    const own = await site.inside("cat", "/proc/self/cgroup");
    assert.not.match(own, /cloister/, "the path of the host is not shown");
    const script = `
      mkdir -p /tmp/cg && for type in cgroup2 "cgroup -o memory" "cgroup -o devices" "cgroup -o rdma"; do
        mount -t $type none /tmp/cg 2>/dev/null || continue
        for file in cgroup.procs release_agent notify_on_release memory.max memory.limit_in_bytes devices.allow ../cgroup.procs; do
          if [ -e /tmp/cg/$file ] && true 2>/dev/null >>/tmp/cg/$file; then echo "$type $file open"; fi
        done
        mkdir /tmp/cg/made-of-a-test 2>/dev/null && rmdir /tmp/cg/made-of-a-test && echo "$type made"
        umount /tmp/cg
      done
      rmdir /tmp/cg`;
    assert.is(await site.inside("sh", "-c", script), "");
    // A hierarchy of a name of its own would be there for the whole machine.
    assert.is.not((await site.exec(["mount", "-t", "cgroup", "-o", "none,name=of-a-test", "none", "/mnt"])).code, 0);
    // The control: the same as the host's root, in a mount namespace of its own.
    const naive = spawnSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" });
    assert.match(naive.stdout, /cgroup.procs open/);
    assert.match(naive.stdout, / made$/m);
  }),
);

test.run();

function existing(paths: readonly string[]): string[] {
  return paths.filter(existsSync);
}

function flagsAt(mounts: readonly MountLine[], target: string): readonly string[] {
  return mounts.findLast((line) => line.target === target)?.options ?? [];
}
