// timeout: 300 s

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { busyboxTar } from "../support/busybox.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { mountAt } from "../support/site.ts";
import { printed, storeOf, sweptAway, withTar } from "../support/store-site.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs", "capsh");

const declareRoot = ({ declare }: Site, rootfs: Declared, more: Declared = {}) =>
  declare({ web: { rootfs: { tar: "./root.tar", ...rootfs }, ...more } });

const logs = (site: Site) => join(storeOf(site), "logs");
const built = async (site: Site) => (await printed(site, 0, "rootfs", "ls")).roots.map(({ name }) => name.split("/").at(-1) ?? "").sort();

/** Puts setcap and getcap into the tar, with what they are linked with. */
function withCapabilityTools({ rig }: Site): void {
  const programs = ["/usr/sbin/setcap", "/usr/sbin/getcap"];
  const libraries = execFileSync("ldd", programs, { encoding: "utf8" }).match(/\/\S+(?= \()/g) ?? [];
  const files = [...new Set([...programs, ...libraries])].map((path) => `.${path}`);
  execFileSync("tar", ["--append", "--file", join(rig.directory, "root.tar"), "--dereference", "--directory", "/", ...files]);
}

/** The entries of the index. */
const builds = (site: Site) => new Set(readdirSync(`${storeOf(site)}/roots`));

live("files, then each command, are layers of their own over the root, and a change builds only what comes from it on", () =>
  withTar(async (site) => {
    const files = { "/etc/app/app.conf": { content: "one\n", uid: 33, gid: 33, mode: "0640" }, "/etc/motd": "./motd" };
    site.rig.write("motd", "welcome\n");
    const first = "cat /etc/app/app.conf /etc/motd >/etc/both; rm /etc/group; chown 1000:1000 /srv";
    declareRoot(site, { files, setup: [first, "echo second >/etc/second"] });
    await site.apply();
    assert.equal(await built(site), ["root.tar", "root.tar+files", "root.tar+files+setup", "root.tar+files+setup+2"]);
    assert.is(await site.inside("cat", "/etc/both", "/etc/second"), "one\nwelcome\nsecond");
    assert.is(await site.inside("stat", "-c", "%u:%g %a", "/etc/app/app.conf", "/srv"), "33:33 640\n1000:1000 755");
    assert.is((await site.exec(["ls", "/etc/group"])).code, 1, "what a command removes is gone");
    const options = mountAt(await site.seen(), "/").superOptions.join(",");
    assert.match(options, /lowerdir=l\/[0-9a-f]{16}(:l\/[0-9a-f]{16}){3},/);
    const before = builds(site);
    declareRoot(site, { files, setup: [first, "echo changed >/etc/second"] });
    await site.apply();
    assert.is(await site.inside("cat", "/etc/second"), "changed");
    assert.is([...builds(site)].filter((name) => !before.has(name)).length, 1, "only the last one was built");
    site.rig.write("motd", "good bye\n");
    await site.apply();
    assert.is(await site.inside("cat", "/etc/both"), "one\ngood bye");
    assert.is([...builds(site)].filter((name) => !before.has(name)).length, 4, "and now three more");
  }),
);

live("a layered root is one that every verb reads: diff, export, verify, sweep and reset", () =>
  withTar(async (site) => {
    declareRoot(site, { setup: ["echo layer >/etc/layer; rm /etc/group; rm -r /usr/sbin; mkdir /usr/sbin; echo x >/usr/sbin/new"] });
    await site.apply();
    const base = (await printed(site, 0, "rootfs", "ls")).roots.find(({ name }) => name.endsWith("root.tar"))?.key ?? "";
    const { files } = await printed(site, 0, "rootfs", "diff", base, "web");
    assert.equal(
      files.map(({ action, path }) => `${action} ${path}`),
      ["remove /etc/group", "add /etc/layer", "add /usr/sbin/new"],
    );
    await site.inside("sh", "-c", "echo written >/etc/layer");
    const written = await printed(site, 0, "rootfs", "diff", "web");
    assert.equal(
      written.files.map(({ action, path }) => `${action} ${path}`),
      ["change /etc/layer"],
    );
    await site.rig.expect(0, "rootfs", "verify");
    await site.rig.expect(0, "rootfs", "export", "web", "--tar", join(site.rig.directory, "out.tar"));
    const listing = (await site.rig.start(["tar", "--list", "--file", join(site.rig.directory, "out.tar")], {})).stdout;
    assert.ok(listing.includes("./etc/layer\n") && !listing.includes("./etc/group\n"));
    // One image of all layers, the same each time, and as a root what they are together.
    for (const name of ["a.erofs", "b.erofs"])
      await site.rig.expect(0, "rootfs", "export", "web", "--erofs", join(site.rig.directory, name));
    const [one, again] = ["a.erofs", "b.erofs"].map((name) => readFileSync(join(site.rig.directory, name)));
    assert.ok(one?.equals(again ?? Buffer.alloc(0)));
    const dump = (path: string) =>
      execFileSync("dump.erofs", ["--ls", `--path=${path}`, "a.erofs"], { cwd: site.rig.directory, encoding: "utf8" });
    assert.match(dump("/etc"), /\blayer\b/);
    assert.not.match(dump("/etc"), /\bgroup\b/);
    assert.match(dump("/usr/sbin"), /\bnew\b/);
    await site.rig.expect(0, "gc");
    assert.is((await built(site)).length, 2, "what it lies on stays with it");
    await site.rig.expect(0, "reset", "web", "-y");
    assert.is(await site.inside("cat", "/etc/layer"), "layer");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    await sweptAway(site.rig, () => readdirSync(join(storeOf(site), "sha256")));
    assert.equal(await built(site), []);
  }),
);

live("a command that fails shows what it printed, names the log, and leaves the layers before it", () =>
  withTar(async (site) => {
    declareRoot(site, { setup: ["echo first >/etc/first", "echo the reason >&2; exit 7"] });
    const { stderr, stdout } = await site.rig.expect(1, "apply", "-y");
    const said = stdout + stderr;
    assert.ok(said.includes("rootfs/layer-failed"));
    assert.match(said, /a setup command ended with 7/);
    assert.match(said, /the reason/);
    const log = /all of its output is in (\S+\.log)/.exec(said)?.[1] ?? "";
    assert.match(readFileSync(log, "utf8"), /^the reason$/m);
    assert.equal(await built(site), ["root.tar", "root.tar+setup"]);
    assert.equal(readdirSync(join(storeOf(site), "tmp")), []);
    assert.ok(existsSync(logs(site)));
  }),
);

live("what a setup command prints does not decide what is said of it, and what the root refuses is not said of it", () =>
  withTar(async (site) => {
    declareRoot(site, { setup: ["echo 'cloister: not as locked: evil'; echo 'shim: evil' >&2; printf 'no line break'; exit 7"] });
    const printing = await site.rig.expect(1, "apply", "-y");
    assert.match(printing.stdout + printing.stderr, /a setup command ended with 7/);
    const archive = ["--file", join(site.rig.directory, "root.tar")];
    symlinkSync("/etc", join(site.rig.directory, "run"));
    execFileSync("tar", ["--delete", ...archive, "./run"]);
    execFileSync("tar", ["--append", ...archive, "--directory", site.rig.directory, "run"]);
    declareRoot(site, { setup: ["true"] });
    const refused = await site.rig.expect(1, "apply", "-y");
    assert.match(refused.stdout + refused.stderr, /a setup command could not be started: the root's \/run is a symbolic link/);
  }),
);

/** What a command of a layer is not to reach; each writes a word to /etc/seen where it does. */
const attempts = {
  "files of the host": (site: Site) => `cat /proc/1/root${site.rig.directory}/secret || cat ${site.rig.directory}/secret`,
  "ids of the host": () => `test "$(sed 's/ *\\([0-9]*\\) *\\([0-9]*\\).*/\\2/' /proc/self/uid_map)" = 0`,
  "processes of the host": () => `test "$(ls /proc | grep -c '^[0-9]*$')" -gt 20`,
  mounting: () => "mount -t tmpfs none /mnt",
  devices: () => "mknod /etc/disk b 8 0",
  "kernel settings": () => "echo 1 >/proc/sys/kernel/panic",
  "the hostname": () => "hostname other",
  // With all privileges there, what was masked from outside stays so.
  "what is masked, by a user namespace below": () => "unshare -rm umount /proc/interrupts",
  "a new proc, by a user namespace below": () => "unshare -rmpf mount -t proc none /mnt",
  "devices, by a user namespace below": () => "unshare -rm mknod /etc/disk b 8 0",
};

live("a command of a layer reaches nothing of the host", () =>
  withTar(async (site) => {
    site.rig.write("secret", "secret\n");
    const tried = Object.entries(attempts).map(
      ([name, command]) => `if (${command(site)}) >/dev/null 2>&1; then echo '${name}' >>/etc/seen; fi`,
    );
    // The control: the same ways, of what it may do.
    const may = "cat /etc/passwd >/dev/null && test -w /etc && test \"$(ls /proc | grep -c '^[0-9]*$')\" -gt 0";
    const below = "test -e /proc/interrupts && unshare -rmpf mount -t tmpfs none /mnt && unshare -rm mknod /etc/fifo p";
    const control = `if ${may} && ${below}; then echo control >>/etc/seen; fi`;
    declareRoot(site, { setup: [[...tried, control].join("\n").replaceAll("$", "$$$$")] });
    await site.apply();
    assert.is(await site.inside("cat", "/etc/seen"), "control");
  }),
);

live("a command has a limit of processes, and what it prints one of the log's length", () =>
  withTar(async (site) => {
    const printing = "yes $$(printf %01000d 0) | head -n 20000; head -c 20000000 /dev/zero";
    declareRoot(site, { setup: [`${printing}; exit 7`] });
    const { stdout, stderr } = await site.rig.expect(1, "apply", "-y");
    assert.match(stdout + stderr, /a setup command ended with 7/);
    const log = readFileSync(/all of its output is in (\S+\.log)/.exec(stdout + stderr)?.[1] ?? "", "utf8");
    assert.ok(log.length < 18 << 20, String(log.length));
    assert.match(log, /^cloister: \d{4} lines are left out here$/m);
    assert.match(log, /\.\.\. \(19991808 more characters\)\ncloister: it ended with 7\n$/);
    const forking = "for i in $$(seq 16); do sleep 100 & done";
    declareRoot(site, { setup: [`ulimit -Hu >/etc/limit; (ulimit -u 8; ${forking}) || echo refused >>/etc/limit`] });
    await site.apply();
    assert.is(await site.inside("cat", "/etc/limit"), "4096\nrefused");
  }),
);

live("without network: host, a command has a loopback interface of its own; with it the host's", () =>
  withTar(async (site) => {
    const server = createServer((socket) => socket.end("from the host\n"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const run = `nc -w 5 127.0.0.1 ${port} </dev/null >/etc/answer`;
    try {
      declareRoot(site, { setup: [{ run, network: "host" }] });
      await site.apply();
      assert.is(await site.inside("cat", "/etc/answer"), "from the host");
      declareRoot(site, { setup: [`${run} && exit 1; echo none >/etc/answer`] });
      await site.apply();
      assert.is(await site.inside("cat", "/etc/answer"), "none");
    } finally {
      server.close();
    }
  }),
);

live("verify --rebuild builds each layer once more, and shows the first path that a command makes anew each time", () =>
  withTar(async (site) => {
    declareRoot(site, { files: { "/etc/motd": { content: "x\n" } }, setup: ["echo same >/etc/same"] });
    await site.apply();
    const before = readdirSync(storeOf(site), { recursive: true })
      .map(String)
      .filter((name) => !name.startsWith("logs/"))
      .sort();
    const { roots } = await printed(site, 0, "rootfs", "verify", "--rebuild", "web");
    assert.equal(
      roots.map(({ same }) => same),
      [true, true, true],
    );
    assert.equal(
      readdirSync(storeOf(site), { recursive: true })
        .map(String)
        .filter((name) => !name.startsWith("logs/"))
        .sort(),
      before,
    );
    declareRoot(site, { setup: ["echo same >/etc/same; cat /proc/sys/kernel/random/uuid >/etc/uuid"] });
    await site.apply();
    const { stdout } = await site.rig.expect(2, "rootfs", "verify", "--rebuild");
    assert.match(stdout, /^same +\S+root\.tar \(/m);
    assert.match(stdout, /^differs +\S+root\.tar\+setup \(.* first at \/etc\/uuid \(sha256 /m);
    const other = await site.rig.expect(64, "rootfs", "verify", "--rebuild", "other");
    assert.ok(other.stderr.includes("usage/unknown-environment"));
  }),
);

live("a file does not go through a link of the root, and a source that changed is another layer", () =>
  withTar(async (site) => {
    declareRoot(site, { setup: ["rm -r /srv; ln -s /etc /srv"] });
    await site.apply();
    await site.rig.expect(0, "rootfs", "export", "web", "--tar", join(site.rig.directory, "linked.tar"));
    site.declare({ web: { rootfs: { tar: "./linked.tar", files: { "/srv/through": { content: "x" } } } } });
    const { stdout, stderr } = await site.rig.expect(1, "apply", "-y");
    assert.match(
      stdout + stderr,
      /a file of the root cannot be put into place: target \/srv: is or goes through a symbolic link, which leads to \/etc/,
    );
  }),
);

live("owners, capabilities of files, and what a command left of the kernel's notes: a layer is the same bytes each time", () =>
  withTar(async (site) => {
    withCapabilityTools(site);
    // Root of a namespace below, which is user 1000 here: not what the shell is, so that it is made from outside.
    const nested = [
      "unshare -U sleep 100 & for i in $$(seq 1000); do echo 0 1000 1 >/proc/$$!/uid_map && break; done 2>/dev/null; echo 0 1000 1 >/proc/$$!/gid_map",
      "chown 1000:1000 /etc/nested; nsenter -t $$! -U -S 0 -G 0 setcap cap_net_raw+ep /etc/nested; getcap -n /etc/nested >/etc/was",
    ];
    const setup = [
      "mkdir /etc/d; echo a >/etc/d/a; ln /etc/d/a /etc/d/b; chown 1000:1000 /etc/d/a; chmod 4755 /bin/busybox; rm -r /var/tmp; mkdir /var/tmp",
      "for file in own other; do echo >/etc/$$file; done; chown 1000:1000 /etc/other; setcap cap_net_raw+ep /etc/own; setcap cap_chown+ep /etc/other",
      ["echo >/etc/nested", ...nested].join("\n"),
      "chmod 640 /etc/nested; chmod 640 /etc/own; mv /etc/other /etc/moved",
    ];
    declareRoot(site, { setup });
    await site.apply();
    assert.is(await site.inside("stat", "-c", "%u %h", "/etc/d/b"), "1000 2");
    assert.is(await site.inside("/usr/sbin/getcap", "-n", "/etc/own", "/etc/moved"), "/etc/own cap_net_raw=ep\n/etc/moved cap_chown=ep");
    assert.is(await site.inside("cat", "/etc/was"), "/etc/nested cap_net_raw=ep [rootid=1000]");
    assert.is(await site.inside("/usr/sbin/getcap", "-n", "/etc/nested"), "");
    const digest = async () => (await printed(site, 0, "rootfs", "inspect", "web")).digest;
    const first = await digest();
    await site.rig.expect(0, "build", "--refresh");
    assert.is(await digest(), first);
  }),
);

live("a base that another build has replaced takes all layers over it along, and not only the next one", () =>
  withTar(async (site) => {
    const [files, setup] = [{ "/etc/motd": { content: "x\n" } }, ["cat /etc/base >/etc/seen || true"]];
    const other = busyboxTar(join(site.rig.directory, "other.tar"));
    site.rig.write("base", "other\n");
    await site.rig.start(["tar", "--append", "--file", other, "--transform=s,^,./etc/,", "--directory", site.rig.directory, "base"], {});
    const declareAll = (more: Declared) =>
      site.declare({ files: { rootfs: { tar: "./root.tar", files } }, other: { rootfs: { tar: "./other.tar" } }, ...more });
    const web = { rootfs: { tar: "./root.tar", files, setup } };
    declareAll({ web });
    await site.rig.expect(0, "build");
    const { roots } = await printed(site, 0, "rootfs", "ls");
    const index = (name: string) => `${storeOf(site)}/roots/${roots.find((root) => root.name.endsWith(name))?.key ?? ""}.json`;
    const { digest, bytes } = JSON.parse(readFileSync(index("other.tar"), "utf8"));
    writeFileSync(index("root.tar"), JSON.stringify({ ...JSON.parse(readFileSync(index("root.tar"), "utf8")), digest, bytes }));
    // The layer between comes to be over the new base, with the same bytes as before.
    declareAll({});
    await site.rig.expect(0, "build");
    declareAll({ web });
    await site.apply();
    assert.is(await site.inside("cat", "/etc/seen"), "other");
  }),
);

test.run();
