// timeout: 600 s
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyboxRoot, tarOf } from "../support/busybox.ts";
import { architecture, foreignBusybox, hostInterpreters, machine } from "../support/foreign.ts";
import { installableOf } from "../support/installable.ts";
import { needs } from "../support/needs.ts";
import { declare, inside } from "../support/packages-repository.ts";
import type { Repository } from "../support/repository.ts";
import { makeRepositoryOf } from "../support/repository.ts";
import type { Rig } from "../support/rig.ts";
import { withRig } from "../support/rig.ts";
import { processesOf, startOf, withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit", "qemu", "mmdebstrap", "gpg", "a package mirror");

/** Nothing of the host's interpreters has changed when it ends. */
function withUnchangedHost(body: (rig: Rig) => Promise<void>): Promise<void> {
  return withRig(async (rig) => {
    const before = hostInterpreters();
    await body(rig);
    assert.is(hostInterpreters(), before);
  });
}

/** A release for the other processor, with packages that are not essential: `tool`, `other`. `first`: lines with which its dpkg begins. */
function foreignRepository(rig: Rig, first: readonly string[] = []): Repository {
  const base = installableOf(foreignBusybox(join(rig.directory, "fetched")));
  const dpkg = base["usr/bin/dpkg"].executable.replace("\n", `\n${first.map((line) => `${line}\n`).join("")}`);
  const directory = join(rig.directory, "mirror");
  mkdirSync(directory);
  return makeRepositoryOf(directory, "jammy", {
    packages: {
      base: { ...base, "usr/bin/dpkg": { executable: dpkg }, "proc/placed": "" },
      tool: { "usr/lib/tool": "a tool\n" },
      other: { "usr/lib/other": "another\n" },
    },
    control: Object.fromEntries([
      ["base", { Architecture: architecture }],
      ["tool", { Essential: "no", Priority: "optional", Architecture: architecture }],
      ["other", { Essential: "no", Priority: "optional" }],
    ] as const),
    architecture,
  });
}

const lockOf = (rig: Rig) => JSON.parse(readFileSync(join(rig.directory, "cloister.lock"), "utf8"));

live("a release, its packages, files and commands are built for another processor, and of their lock to the bit", () =>
  withUnchangedHost(async (rig) => {
    const repository = foreignRepository(rig);
    const rootfs = { packages: ["tool"], files: { "/etc/motd": { content: "hello\n", uid: 33 } } };
    const setup = ["busybox uname -m >/etc/machine; busybox chown 1000:1000 /etc/machine; busybox chmod 2755 /etc/machine"];
    declare(rig, repository, { ...rootfs, setup, architecture });
    await rig.expect(0, "apply", "--yes");
    const seen = () => inside(rig, "stat", "-c", "%n %u:%g %a", "/bin/busybox", "/usr/lib/tool", "/etc/motd", "/etc/machine", "/", "/dev");
    assert.is(await inside(rig, "uname", "-m"), machine);
    assert.is(await inside(rig, "cat", "/etc/machine", "/var/lib/dpkg/calls"), `${machine}\n tool`);
    const owners = ["/bin/busybox 0:0 755", "/usr/lib/tool 0:0 644", "/etc/motd 33:0 644", "/etc/machine 1000:1000 2755", "/ 0:0 755"];
    assert.is(await seen(), [...owners, "/dev 0:0 755"].join("\n"));
    await rig.expect(0, "plan", "--detailed-exitcode");
    await rig.expect(0, "lock");
    const { roots, layers } = lockOf(rig);
    assert.is(roots[0].name, `jammy-essential-${architecture}`);
    assert.is(roots[0].spec.architecture, architecture);
    assert.ok(roots[0].builder.options.includes(`--architectures=${architecture}`));
    assert.is(roots[0].packages.base.architecture, architecture);
    assert.is(layers[0].from.packages.tool.architecture, architecture);
    await rig.expect(0, "apply", "--yes", "--locked");
    await rig.expect(0, "rootfs", "verify", "--rebuild");
    assert.is(await seen(), [...owners, "/dev 0:0 755"].join("\n"));
    // Only what moves is resolved anew: the rest comes from an archive beside the mirror.
    await rig.expect(0, "lock", "--update", "tool");
    assert.equal(lockOf(rig).roots, roots);
    // A lock for that processor is none for this one.
    declare(rig, repository, { ...rootfs, setup });
    const other = await rig.run(["apply", "--yes", "--locked"], {});
    assert.match(other.stderr, /lock\/stale/);
  }),
);

live("what runs while it is built has no privilege of the host, and no file of it but those that all may read", () =>
  withUnchangedHost(async (rig) => {
    rig.write("secret", "secret\n");
    execFileSync("chmod", ["600", join(rig.directory, "secret")]);
    rig.write("open", "open\n");
    const top = "/proc/1/root";
    const tries = [
      `cat ${top}${rig.directory}/secret`,
      `echo x >>${top}${rig.directory}/open`,
      `echo x >>${top}/run/reached`,
      "echo 1 >/proc/sys/kernel/randomize_va_space",
      "mknod /disk b 8 0",
      `test "$(sed 's/ *\\([0-9]*\\) *\\([0-9]*\\).*/\\2/' /proc/self/uid_map)" = 0`,
    ];
    const lines = tries.map((one, index) => `(${one}) >/dev/null 2>&1 && echo ${index} >>/etc/reached`);
    const repository = foreignRepository(rig, [
      "busybox --install -s /bin 2>/dev/null",
      ...lines,
      `cat ${top}${rig.directory}/open >>/etc/reached`,
      "id -u >>/etc/reached",
      "chown 7:8 /etc/reached",
    ]);
    declare(rig, repository, { architecture });
    await rig.expect(0, "apply", "--yes");
    const reached = (await inside(rig, "cat", "/etc/reached")).split("\n");
    assert.equal([...new Set(reached)], ["open", "0"]);
    assert.is(await inside(rig, "stat", "-c", "%u:%g", "/etc/reached"), "7:8");
    assert.is(readFileSync(join(rig.directory, "open"), "utf8"), "open\n");
  }),
);

live("packages come into an environment of another processor that runs, and every process stays", () =>
  withUnchangedHost(async (rig) => {
    const repository = foreignRepository(rig);
    const run = { command: ["/bin/busybox", "sleep", "1000"] };
    declare(rig, repository, { architecture }, run);
    await rig.expect(0, "apply", "--yes");
    const living = () => processesOf(rig).map((pid) => `${pid} ${startOf(pid)}`);
    const before = living();
    declare(rig, repository, { architecture, packages: ["tool"] }, run);
    const { changes } = JSON.parse((await rig.expect(0, "plan", "--json")).stdout);
    const root = changes.find(({ address }: { readonly address: string }) => address === "web.rootfs");
    assert.is(root.live_update, "in-place");
    await rig.expect(0, "apply");
    assert.equal(living(), before);
    assert.is(await inside(rig, "cat", "/usr/lib/tool", "/var/lib/dpkg/calls"), "a tool\n tool");
    declare(rig, repository, { architecture, packages: ["tool", "other"] }, run);
    await rig.expect(0, "apply");
    assert.equal(living(), before);
    assert.is(await inside(rig, "cat", "/usr/lib/other"), "another");
    await rig.expect(0, "plan", "--detailed-exitcode");
    // Another processor is another root.
    declare(rig, repository, { packages: ["tool", "other"] }, run);
    const again = JSON.parse((await rig.expect(0, "plan", "--json")).stdout).changes;
    const whole = again.find(({ address }: { readonly address: string }) => address === "web");
    assert.is(whole.live_update, "rebuild");
  }),
);

live("a command is run over a tar and over an image of another processor, and the image that is exported says for which", () =>
  withSite(async (site) => {
    const { rig } = site;
    const before = hostInterpreters();
    const at = (name: string) => join(rig.directory, name);
    busyboxRoot(at("foreign"), foreignBusybox(at("fetched")));
    tarOf(at("foreign"), at("foreign.tar"));
    const setup = ["uname -m >/etc/machine; chown 8:9 /etc/machine"];
    site.declare({ web: { rootfs: { tar: "./foreign.tar", architecture, setup } }, plain: { rootfs: { tar: "./foreign.tar" } } });
    await rig.expect(0, "build");
    await rig.expect(0, "rootfs", "export", "web", "--oci", "image");
    await rig.expect(0, "rootfs", "export", "plain", "--oci", "plain");
    for (const image of ["image", "plain"]) {
      const index = JSON.parse(readFileSync(at(`${image}/index.json`), "utf8"));
      assert.equal(index.manifests[0].platform, { architecture, os: "linux" });
    }
    site.declare({ web: { rootfs: { oci: "./image", architecture, setup: [...setup, "cat /etc/machine >>/etc/machines"] } } });
    await site.apply();
    assert.is(await site.inside("cat", "/etc/machine", "/etc/machines"), `${machine}\n${machine}`);
    assert.is(await site.inside("stat", "-c", "%u:%g", "/etc/machine"), "8:9");
    assert.is(hostInterpreters(), before);
  }),
);

live("a root without a program is exported as one for this machine", () =>
  withSite(async ({ rig, ...site }) => {
    mkdirSync(join(rig.directory, "files"));
    writeFileSync(join(rig.directory, "files/script"), "#!/bin/sh\n", { mode: 0o755 });
    tarOf(join(rig.directory, "files"), join(rig.directory, "files.tar"));
    site.declare({ web: { rootfs: { tar: "./files.tar" } } });
    await rig.expect(0, "build");
    await rig.expect(0, "rootfs", "export", "web", "--oci", "image");
    const { manifests } = JSON.parse(readFileSync(join(rig.directory, "image/index.json"), "utf8"));
    assert.is(manifests[0].platform.architecture, process.arch === "arm64" ? "arm64" : "amd64");
  }),
);

live("what is missing for it on this machine is told before anything is built, with the package and the kernel's option", () =>
  withUnchangedHost(async (rig) => {
    declare(rig, foreignRepository(rig), { architecture, packages: ["tool"] });
    rig.write("filesystems", readFileSync("/proc/filesystems", "utf8").replace(/^.*binfmt_misc\n/m, ""));
    const hiding = async (over: readonly [string, string], ...args: readonly string[]) => {
      const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
      return rig.start(["unshare", "--mount", "sh", "-c", script, "sh", ...over, ...rig.command(...args)], {});
    };
    const program: readonly [string, string] = ["/dev/null", `/usr/bin/qemu-${machine}-static`];
    const kernel: readonly [string, string] = [join(rig.directory, "filesystems"), "/proc/filesystems"];
    for (const verb of [["apply", "--yes"], ["build"], ["lock"]]) {
      const without = await hiding(program, ...verb);
      assert.is(without.code, 6, without.stderr);
      assert.match(without.stderr, /host\/missing-tool.*qemu-\w+-static is not installed.*apt-get install qemu-user-static/s);
      const unable = await hiding(kernel, ...verb);
      assert.is(unable.code, 1, unable.stderr);
      assert.match(unable.stderr, /rootfs\/foreign-architecture.*has no binfmt_misc.*CONFIG_BINFMT_MISC/s);
    }
    assert.is((await rig.expect(0, "rootfs", "ls")).stdout.includes("jammy"), false);
  }),
);

test.run();
