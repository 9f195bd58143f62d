// timeout: 600 s
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { declare, inside, repository } from "../support/packages-repository.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { processesOf, startOf } from "../support/site.ts";

const live = needs(test, "root", "mmdebstrap", "busybox", "gpg", "catatonit", "overlayfs");

const lockOf = (rig: Rig) => readFileSync(join(rig.directory, "cloister.lock"), "utf8");

/** What must stay of an environment: its processes, each with its start. */
const living = (rig: Rig) => processesOf(rig).map((pid) => `${pid} ${startOf(pid)}`);

live(
  "packages that are added come into an environment that runs: isolated, every process stays, the lock gets them, and a new life has them",
  () =>
    withRig(async (rig) => {
      const first = repository(rig, "first");
      const run = { command: ["/bin/busybox", "sleep", "1000"] };
      declare(rig, first, {}, run);
      await rig.expect(0, "lock");
      const base = lockOf(rig);
      await rig.expect(0, "apply", "--locked", "-y");
      await inside(rig, "sh", "-c", "echo mine >/etc/mine");
      const before = living(rig);
      const digest = (text: string) => JSON.parse(text).roots[0].result.image.slice(0, 16);

      declare(rig, first, { packages: ["tool"] }, run);
      const planned = await rig.expect(0, "plan", "--json");
      const changes: readonly { readonly address: string; readonly live_update: string }[] = JSON.parse(planned.stdout).changes;
      assert.equal(
        changes.filter(({ address }) => address === "web.rootfs").map(({ live_update }) => live_update),
        ["in-place"],
      );
      const { stdout } = await rig.expect(0, "apply");
      assert.match(stdout, /^\+ jammy-essential\+1, 2 packages\nwrote \S+cloister\.lock: 1 root, 1 layer, 3 packages$/m);
      assert.equal(living(rig), before);
      assert.is(
        await inside(rig, "cat", "/usr/lib/tool", "/usr/lib/library", "/etc/mine"),
        "usr/lib/tool of first\nusr/lib/library of first\nmine",
      );
      assert.match((await rig.expect(0, "plan", "--locked", "--detailed-exitcode")).stdout, /^nothing to change/);
      await rig.expect(0, "lock", "--check");
      assert.equal(JSON.parse(lockOf(rig)).roots, JSON.parse(base).roots);

      // A second time, from the lock, over what was installed in place; then another life, with what was written and installed.
      declare(rig, first, { packages: ["tool", "late"] }, run);
      await rig.expect(0, "lock");
      await rig.expect(0, "apply", "--locked", "--offline");
      assert.equal(living(rig), before);
      assert.equal(
        (await inside(rig, "cat", "/var/lib/dpkg/calls")).split("\n").map((line) => line.trim()),
        ["library tool", "early early-data", "late library tool"],
      );
      await rig.expect(0, "destroy", "-y");
      await rig.expect(0, "gc");
      await rig.expect(0, "apply", "--locked", "--offline", "-y");
      assert.is(await inside(rig, "cat", "/usr/lib/late", "/etc/mine"), "usr/lib/late of first\nmine");
      assert.match(
        (await rig.expect(0, "exec", "-T", "web", "--", "/bin/busybox", "cat", "/proc/mounts")).stdout,
        /lowerdir=l\/[0-9a-f]{16},/,
      );
      assert.ok((await inside(rig, "cat", "/proc/mounts")).includes(`lowerdir=l/${digest(base)},`), "it lies on the base, as before");
      await inside(rig, "sh", "-c", "mkdir /srv; echo kept >/srv/kept");
      await rig.expect(0, "reset", "web", "-y", "--keep", "/srv");
      assert.is(await inside(rig, "cat", "/srv/kept"), "kept");
      assert.match((await rig.expect(1, "exec", "-T", "web", "--", "/bin/busybox", "cat", "/etc/mine")).stderr, /No such file/);
      assert.is(await inside(rig, "cat", "/usr/lib/late"), "usr/lib/late of first", "of the layer now");
    }),
);

live("a package that is to go, a root that nobody writes to and one with layers above are another root, which the plan says", () =>
  withRig(async (rig) => {
    const first = repository(rig, "first");
    const planned = async (): Promise<readonly string[]> => {
      const { changes } = JSON.parse((await rig.expect(0, "plan", "--json")).stdout);
      return changes
        .filter(({ address }: { address: string }) => address === "web")
        .map(({ live_update }: { live_update: string }) => live_update);
    };
    declare(rig, first, { packages: ["tool"] });
    await rig.expect(0, "apply", "-y");
    declare(rig, first, { packages: ["library"] });
    assert.equal(await planned(), ["rebuild"], "tool is to go");
    declare(rig, first, { packages: ["tool", "late"], setup: ["true"] });
    assert.equal(await planned(), ["rebuild"], "what lies above is made for other packages");
    declare(rig, first, { packages: ["tool", "late"] }, { users: "host", unsafe: ["host-user"] });
    assert.equal(await planned(), ["rebuild"], "scripts would be the host's root");
    declare(rig, first, { packages: ["tool"] }, { read_only: true });
    await rig.expect(0, "apply", "-y");
    declare(rig, first, { packages: ["tool", "late"] }, { read_only: true });
    assert.equal(await planned(), ["rebuild"]);
  }),
);

live("what a script of a package reaches in an environment that runs is what the environment's root reaches, and less", () =>
  withRig(async (rig) => {
    rig.write("secret", "secret\n");
    const first = repository(rig, "first");
    declare(rig, first, {});
    await rig.expect(0, "apply", "-y");
    // dpkg itself stands for a script: it is a program of the root.
    const tries = [
      `cat ${rig.directory}/secret`,
      `cat /proc/1/root${rig.directory}/secret`,
      "mount -t tmpfs none /srv",
      "mknod /etc/disk b 8 0",
      "echo x >>/mnt/cloister-packages/tool.deb",
      `test "$(sed 's/ *\\([0-9]*\\) *\\([0-9]*\\).*/\\2/' /proc/self/uid_map)" = 0`,
      'test -z "$(ls /mnt/cloister-packages/tool.deb)"',
    ];
    const lines = tries.map((one, index) => `(${one}) >/dev/null 2>&1 && echo ${index} >>/etc/reached`);
    const dpkg = [
      "#!/bin/busybox sh",
      "busybox --install -s /bin 2>/dev/null",
      ...lines,
      "echo control >>/etc/reached",
      "id -u >>/etc/reached",
    ];
    await rig.expect(0, "exec", "-T", "web", "--", "/bin/busybox", "sh", "-c", `printf '%s\\n' "$@" >/usr/bin/dpkg`, "sh", ...dpkg);
    declare(rig, first, { packages: ["tool"] });
    await rig.expect(0, "apply", "-y");
    assert.is(await inside(rig, "cat", "/etc/reached"), "control\n0");
    assert.not.ok((await inside(rig, "cat", "/proc/mounts")).includes("/mnt "), "what the packages were shown by is gone");
  }),
);

test.run();
