// S01: the root is a mount of its own and the host's is gone before anything of the environment runs.
import { execFileSync, spawnSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { MountLine } from "../../../src/kernel/mountinfo.ts";
import { parseMountinfo } from "../../../src/kernel/mountinfo.ts";
import { busyboxRoot } from "../../support/busybox.ts";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** Every way back to a root that was only hidden, tried as root with CAP_SYS_ADMIN and CAP_SYS_CHROOT; prints what it reads of the host's file. */
const escapes = (file: string) => [
  ["nsenter", "--mount=/proc/self/ns/mnt", "--", "cat", file],
  ["sh", "-c", `mkdir -p /tmp/down && cd / && chroot /tmp/down /bin/true; cd ../../../../../../..; cat .${file}`],
  ["cat", `/proc/1/root${file}`, `/proc/self/root/..${file}`, `/proc/self/cwd/../..${file}`],
  ["sh", "-c", `umount -l / 2>/dev/null; cat ${file}`],
];

live("no way leads back to the host's root, from no kind of root, with no capability", () =>
  withSite(async (site) => {
    const secret = join(site.rig.directory, "secret");
    writeFileSync(secret, "secret of the host\n", { mode: 0o600 });
    const security = { cap_add: ["SYS_ADMIN", "SYS_PTRACE", "SYS_CHROOT", "DAC_READ_SEARCH", "DAC_OVERRIDE"] };
    for (const overlay of ["persistent", "ephemeral", "none"]) {
      await site.stand({ overlay, security });
      const { mounts, pid } = await site.seen();
      assert.equal(
        mounts.filter(showsHostRoot).map(({ line }) => line),
        [],
        overlay,
      );
      const roots = [`/proc/${pid}/root/.`, "/"].map((path) => statSync(path));
      assert.is.not(`${roots[0]?.dev}:${roots[0]?.ino}`, `${roots[1]?.dev}:${roots[1]?.ino}`);
      for (const command of escapes(secret)) assert.not.match((await site.exec(command)).stdout, /secret of the host/, command.join(" "));
      await site.rig.expect(0, "destroy", "--yes", "--volumes");
    }

    // The control: the tutorial's chroot.
    const root = busyboxRoot(join(site.rig.directory, "tutorial"));
    const script = `mount -t proc none /proc; cat /proc/self/mountinfo; nsenter --mount=/proc/self/ns/mnt cat ${secret}`;
    const naive = ["--mount", "--pid", "--fork", "--user", "--map-root-user", "chroot", root, "/bin/sh", "-c", script];
    assert.match(execFileSync("unshare", naive, { encoding: "utf8" }), /secret of the host/);
    const table = spawnSync("unshare", ["--mount", "cat", "/proc/self/mountinfo"], { encoding: "utf8" }).stdout;
    assert.ok(parseMountinfo(table).some(showsHostRoot), "the search would find it");
  }),
);

test.run();

const hostRoot = parseMountinfo(execFileSync("cat", ["/proc/self/mountinfo"], { encoding: "utf8" })).findLast(
  ({ target }) => target === "/",
);

function showsHostRoot({ device, root }: MountLine): boolean {
  return device === hostRoot?.device && root === hostRoot.root;
}
