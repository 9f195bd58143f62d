// S11: no binary of a root runs with the host's credentials, and nothing of a root is opened but what is meant to be.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import type { Site } from "../../support/site.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");
const traced = needs(test, "root", "busybox", "catatonit", "strace");

const names = [
  ...["sh", "bash", "env", "mount", "umount", "ip", "ldconfig", "perl", "nsenter", "unshare", "setpriv", "catatonit", "rm", "flock"],
  ...["script", "cat", "capsh", "losetup", "hostname", "mkdir", "mount.tmpfs", "mount.proc", "mount.sysfs", "mount.bind", "umount.tmpfs"],
];

live("trojans for every tool, the loader and the name service: none runs with the host's credentials", () =>
  withSite(async (site) => {
    plant(site);
    await site.stand({ overlay: "none", command: ["sleep", "1000"] });
    const outputs = [
      await site.exec(["true"]),
      await site.exec(["env"], ["-u", "user", "-w", "/srv"]),
      await site.rig.cloister("verify"),
      await site.rig.cloister("status"),
    ];
    site.declare({
      web: {
        overlay: "none",
        hostname: "changed",
        mounts: { "/mnt": { type: "tmpfs", size: "64K" } },
        sysctls: { "net.ipv4.ip_forward": 1 },
      },
    });
    outputs.push(await site.rig.cloister("apply", "--yes"));
    outputs.push(await site.rig.cloister("destroy", "--yes"));
    assert.equal(ran(site), [], "with the host's credentials");
    for (const { stdout, stderr } of outputs) assert.not.match(`${stdout}${stderr}`, /ld\.so|preload/);

    // The control: nsenter without the user namespace and without -r/ runs the root's mount, with all that the host's root may do.
    await site.stand({ overlay: "none" });
    const { pid } = await site.seen();
    const naive = spawnSync("nsenter", ["--target", String(pid), "--mount", "--pid", "--", "mount", "-t", "tmpfs", "none", "/mnt"]);
    assert.is(naive.status, 0);
    assert.is(ran(site).length, 1);
    assert.match(ran(site).join(), /mount 0 0 4294967295/);
  }),
);

/** What the host's programs may do with files once they are in the mount namespace of an environment. */
const allowed = [
  // By descriptor, in the root, through no magic link.
  /^openat2\(\d+<[^>]*>, "[^"]*", \{.*resolve=RESOLVE_NO_MAGICLINKS\|(RESOLVE_NO_SYMLINKS\|)?RESOLVE_IN_ROOT\}/,
  /^openat\(AT_FDCWD(<[^>]*>)?, "\/", O_RDONLY\|O_CLOEXEC\|O_PATH\|O_DIRECTORY/,
  // Something below a descriptor, its last part not followed.
  /^(mkdirat|symlinkat)\((".*", )?\d+</,
  /^(move_mount|open_tree|mount_setattr|statx|newfstatat|readlinkat|fspick)\(\d+<[^>]*>, ""/,
  /^fsconfig\(\d+<anon_inode:\[fscontext\]>/,
  /^umount2\("[^/"]*", (MNT_DETACH|MNT_DETACH\|UMOUNT_NOFOLLOW|UMOUNT_NOFOLLOW)\)/,
  /^pivot_root\("\.", "\."\)/,
  /^chdir\("\/"\)/,
  // The last word of exec: everything is dropped by then.
  /^execve\("(\/bin\/true|\/(usr\/)?(local\/)?s?bin\/[a-z]+)", \["(true|id|sleep)"/,
];

traced("after they joined the mount namespace, the host's programs look up only what they are to, and by descriptor", () =>
  withSite(async (site) => {
    await site.stand({ mounts: { "/srv/a": { type: "tmpfs", size: "64K" } } });
    const calls: string[] = [];
    calls.push(...traceOf(site, "exec", "-T", "web", "--", "true"));
    calls.push(...traceOf(site, "exec", "-T", "-u", "user:adm", "-w", "/srv", "web", "--", "id"));
    site.declare({ web: { mounts: { "/srv/b/c": { type: "tmpfs", size: "64K" }, "/srv/f": { type: "bind", source: "./root" } } } });
    calls.push(...traceOf(site, "apply", "--yes"));
    site.declare({ web: { mounts: { "/srv/b/c": { type: "tmpfs", size: "128K" } }, command: ["sleep", "1000"] } });
    calls.push(...traceOf(site, "apply", "--yes"));
    calls.push(...traceOf(site, "status"), ...traceOf(site, "inspect"), ...traceOf(site, "destroy", "--yes"));
    site.declare({ web: {} });
    calls.push(...traceOf(site, "apply", "--yes"));
    assert.ok(calls.length > 50, `${calls.length} calls`);
    assert.equal([...new Set(calls.filter((call) => !allowed.some((pattern) => pattern.test(call))))], []);
  }),
);

test.run();

/** Puts a script in place of each tool, which notes as whom it was run; and what the loader and the name service of a C library would load. */
function plant({ root }: Site): void {
  writeFileSync(join(root, "ran"), "");
  chmodSync(join(root, "ran"), 0o666);
  for (const name of names) {
    for (const directory of ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin"]) {
      const path = join(root, directory, name);
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      const applet = `/bin/busybox ${name}`;
      writeFileSync(path, `#!/bin/busybox sh\necho "$0" $(/bin/busybox cat /proc/self/uid_map) >>/ran\nexec ${applet} "$@"\n`);
      chmodSync(path, 0o755);
    }
  }
  mkdirSync(join(root, "lib"), { recursive: true });
  for (const file of ["trojan.so", "lib/libnss_trojan.so.2"]) writeFileSync(join(root, file), "no library");
  writeFileSync(join(root, "etc/ld.so.preload"), "/trojan.so\n");
  writeFileSync(join(root, "etc/nsswitch.conf"), "passwd: trojan\ngroup: trojan\nhosts: trojan\n");
}

/** The trojans that ran with the host's own ids. */
function ran({ root }: Site): string[] {
  return readFileSync(join(root, "ran"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && / 0 4294967295$/.test(line));
}

/** The calls with a path that a program of the host made after it had joined another mount namespace, until its next program. */
function traceOf({ rig }: Site, ...args: readonly string[]): string[] {
  const [program, ...rest] = rig.command("--file", join(rig.directory, "cloister.yaml"), ...args);
  const log = join(rig.directory, "../trace");
  const options = [
    "-f",
    "-I",
    "anywhere",
    "-y",
    "-qq",
    "-s",
    "200",
    "-e",
    "trace=%file,setns,execve,openat2,move_mount,open_tree,mount_setattr,fspick",
    "-o",
    log,
  ];
  // Keepers live on, and strace would with them: the last thing that it sees is that it is to let go.
  const last = ["sh", "-c", '"$@"; echo "$?" >"$0"; kill "$PPID"', `${log}.code`];
  const { stderr } = spawnSync("strace", [...options, "--", ...last, program, ...rest], { env: rig.env, encoding: "utf8" });
  assert.is(readFileSync(`${log}.code`, "utf8"), "0\n", stderr);
  const inside = new Set<string>();
  const calls: string[] = [];
  for (const line of readFileSync(log, "utf8").split("\n")) {
    const [, pid = "", call = ""] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (inside.has(pid) && /^[a-z_0-9]+\(.*"/.test(call)) calls.push(call);
    if (/^setns\(\d+<mnt:\[\d+\]>, \w+\)\s+= 0/.test(call)) inside.add(pid);
    if (/^(execve\(|<... execve resumed>).* = 0$/.test(call)) inside.delete(pid);
  }
  rmSync(log);
  return calls;
}
