// S44: no path inside a root is opened by the command line or with anything of the host's still open. A symbolic link inside would lead out.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

const host = identity("/");

live("a target below a link of the root is refused, and nothing is made where the link leads to", () =>
  withSite(async (site) => {
    const outside = join(site.rig.directory, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(site.root, "evil"));
    for (const target of ["/evil", "/evil/made", "/evil/made/deeper"]) {
      site.declare({ web: { overlay: "ephemeral", mounts: { [target]: { type: "tmpfs", size: "64K" } } } });
      const { stdout, stderr } = await site.rig.expect(1, "apply", "--yes");
      assert.match(stdout, /symbolic link/, `${target}: ${stdout}${stderr}`);
      assert.ok(stdout.includes("error engine/assembly-failed: "));
    }
    await site.stand();
    site.declare({ web: { mounts: { "/evil/made": { type: "tmpfs", size: "64K" } } } });
    await site.rig.expect(1, "apply", "--yes");
    assert.not(existsSync(join(outside, "made")));

    // The control: the naive write through the process's root.
    const { pid } = await site.seen();
    await site.inside("ln", "-s", outside, "/tmp/link");
    writeFileSync(`/proc/${pid}/root/tmp/link/hosts`, "written on the host\n");
    assert.is(readFileSync(join(outside, "hosts"), "utf8"), "written on the host\n");
  }),
);

live("a working directory that leads through a descriptor of the entering process stays inside", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid } = await site.seen();
    const links = [...Array(16).keys()].flatMap((fd) => [`/proc/self/fd/${fd}`, `/proc/self/fd/${fd}/..`, `/proc/self/fd/${fd}/../..`]);
    const leads = [...links, "/proc/self/cwd", "/proc/self/root", "/proc/self/task/../cwd", "/proc/1/root", "/proc/1/cwd", "../../../.."];
    await site.inside("sh", "-c", leads.map((lead, index) => `ln -s ${lead} /tmp/lead-${index}`).join("; "));
    const roots = new Set<string>();
    for (const index of leads.keys()) {
      const { code, stdout } = enter(pid, `/tmp/lead-${index}`);
      assert.ok(code === 0 || code === 125, `${leads[index]}: ${code}`);
      if (code === 0) roots.add(stdout.trim());
    }
    assert.not(roots.has(host), "no directory of the host");
    assert.is(roots.size, 1, "one of them led somewhere: to the environment's own root");
    assert.is((await site.exec(["true"], ["-w", "/tmp/lead-9"])).code, 125);

    // The control: enter with a directory of the host open, and go where the environment says.
    const go = "/bin/sh -c 'cd /tmp/lead-27 && stat -c %d:%i .'";
    const naive = `exec 9</; exec nsenter --target ${pid} --user --mount --pid --setuid 0 --setgid 0 -- ${go}`;
    assert.is(leads[27], "/proc/self/fd/9");
    assert.is(spawnSync("sh", ["-c", naive], { encoding: "utf8" }).stdout.trim(), host);
  }),
);

live("the users of the root are read from inside only", () =>
  withSite(async (site) => {
    await site.stand();
    const links = [...Array(20).keys()].map((fd) => `/proc/self/fd/${fd}/../../etc/passwd`);
    writeFileSync(join(site.rig.directory, "passwd"), "stolen:x:4711:4711::/:/bin/sh\n");
    for (const lead of [...links, "/proc/self/root/../etc/passwd", join(site.rig.directory, "passwd")]) {
      await site.inside("sh", "-c", `ln -sf ${lead} /etc/passwd`);
      assert.is((await site.exec(["true"], ["--user", "stolen"])).code, 125, lead);
    }
    // What can be read for ever, or never, is as if it were not there.
    for (const make of ["mkfifo /etc/passwd", "mkdir /etc/passwd", "ln -s /dev/zero /etc/passwd", "ln -s passwd /etc/passwd"]) {
      await site.inside("sh", "-c", `rm -rf /etc/passwd; ${make}`);
      assert.is((await site.exec(["true"], ["--user", "user"])).code, 125, make);
      assert.match((await site.exec(["cat", "/proc/self/status"], ["--user", "7"])).stdout, /^Uid:\t7\t/m, make);
    }
  }),
);

live("an id that means another one to the kernel is refused", () =>
  withSite(async (site) => {
    await site.stand();
    await site.inside(
      "sh",
      "-c",
      "echo minus:x:4294967295:0::/:/bin/sh >>/etc/passwd; echo wrapped:x:4294967296:0::/:/bin/sh >>/etc/passwd; echo elsewhere:x:70000:0::/:/bin/sh >>/etc/passwd",
    );
    for (const user of ["4294967295", "4294967296", "18446744073709551616", "minus", "wrapped", "1:4294967296"]) {
      const { code, stdout } = await site.exec(["id", "-u"], ["--user", user]);
      assert.is(code, 125, `${user} was ${stdout}`);
    }
    for (const [user, what] of [
      ["65536", "no uid 65536"],
      ["0:99999999", "no gid 99999999"],
      ["elsewhere", "no uid 70000"],
    ] as const) {
      const { code, stderr } = await site.exec(["id", "-u"], ["--user", user]);
      assert.equal(
        [code, stderr],
        [125, `shim: user ${user}: ${what} in the environment: it has 0-65535 (users in the manifest says which)\n`],
      );
    }
    // The control: to setresuid(2) the last number means no change, and a larger one is cut.
    const asked = (id: string) => `syscall(117, ${id}, ${id}, ${id}) == 0 and print "still root" if $> == 0`;
    if (process.arch === "x64") assert.is(spawnSync("perl", ["-e", asked("4294967295")], { encoding: "utf8" }).stdout, "still root");
  }),
);

test.run();

function identity(path: string): string {
  const { dev, ino } = statSync(path);
  return `${dev}:${ino}`;
}

/** What exec does, without the command line around it: 10 ms instead of 80. */
function enter(pid: number, workingDirectory: string): { readonly code: number | null; readonly stdout: string } {
  const shim = ["perl", "dist/shim.pl", process.arch, "enter", `pid=${pid}`, "user=0", `cwd=${workingDirectory}`, "caps=", "last_cap=40"];
  const { status, stdout } = spawnSync(
    "nsenter",
    ["--target", String(pid), "--pid", "--", ...shim, "--", "/bin/stat", "-c", "%d:%i", "."],
    { encoding: "utf8", env: { CLOISTER_SET_PATH: "/bin", LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
  );
  return { code: status, stdout };
}
