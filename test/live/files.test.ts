import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftOf } from "../support/drift-document.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** `MODE UID GID SIZE` of a path inside. */
const shape = (site: Site, path: string) => site.inside("stat", "-c", "%a %u %g %s", path);

const motd = { content: "hello\nworld\n", uid: 33, gid: 34, mode: "0640" };

live("files are made at the start: content, source, owner, mode, missing parents, also on what is mounted", () =>
  withSite(async (site) => {
    site.rig.write("app.conf", "listen 80\n");
    mkdirSync(join(site.rig.directory, "shared"));
    await site.stand({
      mounts: { "/srv": "./shared" },
      files: {
        ...{ "/etc/motd": motd, "/etc/deep/er/app.conf": "./app.conf", "/run/flag": { content: "", mode: "4755" } },
        ...{ "/srv/below": { content: "in the bind\n" }, '/etc/with space "ü" %20': { content: "odd\n" } },
      },
    });
    assert.is(await site.inside("cat", "/etc/motd"), "hello\nworld");
    assert.is(await shape(site, "/etc/motd"), "640 33 34 12");
    assert.is(await site.inside("cat", "/etc/deep/er/app.conf"), "listen 80");
    assert.is(await shape(site, "/etc/deep/er/app.conf"), "644 0 0 10");
    assert.is((await shape(site, "/etc/deep")).split(" ")[0], "755");
    assert.is(await shape(site, "/run/flag"), "4755 0 0 0");
    assert.is(await site.inside("cat", '/etc/with space "ü" %20'), "odd");
    assert.is(readFileSync(join(site.rig.directory, "shared/below"), "utf8"), "in the bind\n");
    assert.not(existsSync(join(site.root, "etc/motd")), "the root itself is not written to");
    assert.is(await site.inside("sh", "-c", "ls -a /etc /run /srv | grep -c cloister; true"), "0");
    assert.equal(execFileSync("find", [site.rig.stateDir, "-name", "file-*"], { encoding: "utf8" }), "");
  }),
);

live("files are changed, added and taken away while it runs: the same processes, whoever reads has the old or the new", () =>
  withSite(async (site) => {
    const command = ["sleep", "1000"];
    await site.stand({ command, files: { "/etc/motd": motd, "/etc/gone": { content: "a" }, "/etc/theirs": { content: "b" } } });
    const before = [(await site.seen()).identity, (await site.status()).process];
    await site.inside("sh", "-c", "echo mine >/etc/theirs");
    site.declare({
      web: { command, files: { "/etc/motd": { ...motd, content: "hello\nmoon\n", mode: "0600" }, "/etc/new": { content: "n" } } },
    });
    assert.equal(await site.changes(), ['update web.files["/etc/motd"]', 'create web.files["/etc/new"]', 'destroy web.files["/etc/gone"]']);
    const { stdout } = await site.rig.expect(0, "plan");
    assert.match(stdout, /content +line 2: world -> line 2: moon/);
    assert.match(stdout, /mode +0640 -> 0600/);
    await site.apply();
    assert.is(await site.inside("sh", "-c", "cat /etc/motd /etc/new"), "hello\nmoon\nn");
    assert.is(await site.inside("cat", "/etc/theirs"), "mine", "what is no longer as it was written is somebody else's");
    assert.is((await site.exec(["cat", "/etc/gone"])).code, 1);
    assert.equal([(await site.seen()).identity, (await site.status()).process], before);
  }),
);

/** What is done inside to a file, and what drift says of it. */
const injured: Readonly<Record<string, readonly [address: string, wanted: string, found: string, evidence: RegExp]>> = {
  "echo evil >>/etc/motd": [
    "content",
    "line 3: ",
    "line 3: evil",
    /^\/etc\/motd: file, uid 33, gid 34, mode 0640, 17 bytes, sha256 [0-9a-f]{16}$/,
  ],
  "printf 'hello\\nworlD\\n' >/etc/motd": ["content", "line 2: world", "line 2: worlD", /12 bytes/],
  "chmod 666 /etc/motd": ["mode", "0640", "0666", /mode 0666/],
  "chown 7 /etc/motd": ["uid", "33", "7", /uid 7,/],
  "chgrp 8 /etc/motd": ["gid", "34", "8", /gid 8,/],
  "rm /etc/motd": ["", "12 bytes, mode 0640, owner 33:34", "nothing", /nothing there/],
  "rm /etc/motd; mkfifo /etc/motd": ["", "12 bytes, mode 0640, owner 33:34", "a fifo", /fifo/],
  "rm /etc/motd; ln -s /etc/passwd /etc/motd": ["", "12 bytes, mode 0640, owner 33:34", "a symbolic link", /link/],
  "rm /etc/motd; ln -s /dev/zero /etc/motd": ["", "12 bytes, mode 0640, owner 33:34", "a symbolic link", /link/],
  "rm /etc/motd; mkdir /etc/motd": ["", "12 bytes, mode 0640, owner 33:34", "a directory", /directory/],
};

live("drift of content, mode, owner, kind and absence is seen with its evidence and put back; nothing restarts", () =>
  withSite(async (site) => {
    await site.stand({ files: { "/etc/motd": motd } });
    const { identity } = await site.seen();
    for (const [command, [field, wanted, found, evidence]] of Object.entries(injured)) {
      await site.inside("sh", "-c", command);
      const { findings, pending } = await driftOf(site, 2);
      const [finding] = findings;
      const address = `web.files["/etc/motd"]${field === "" ? "" : `.${field}`}`;
      assert.equal([finding?.address, finding?.wanted, finding?.found, pending], [address, wanted, found, []], command);
      assert.match(finding?.evidence ?? "", evidence, command);
      if (/mkfifo|mkdir|ln -s/.test(command)) {
        const { stdout } = await site.rig.expect(1, "apply", "-y");
        assert.match(stdout, /file \/etc\/motd: (there is a (fifo|directory) of that name|is a symbolic link, which leads to \/)/);
        await site.inside("rm", "-r", "/etc/motd");
      }
      await site.apply();
      assert.is(await site.inside("cat", "/etc/motd"), "hello\nworld", command);
      assert.is(await shape(site, "/etc/motd"), "640 33 34 12", command);
      assert.equal((await driftOf(site, 0)).findings, []);
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

live("a large source of which one byte was changed inside, its time put back, has drifted", () =>
  withSite(async (site) => {
    writeFileSync(join(site.rig.directory, "large"), Buffer.alloc(1_048_576, "a"));
    await site.stand({ files: { "/etc/large": "./large" } });
    assert.equal((await driftOf(site, 0)).findings, []);
    await site.inside("sh", "-c", "printf b | dd of=/etc/large bs=1 seek=700000 conv=notrunc; touch -d '2020-01-01 00:00:00' /etc/large");
    assert.match((await driftOf(site, 2)).findings[0]?.found ?? "", /^1048576 bytes, sha256/);
    await site.apply();
    writeFileSync(join(site.rig.directory, "large"), Buffer.alloc(1_048_577, "a"));
    assert.match((await site.rig.expect(3, "plan")).stderr, /has 1048577 bytes, more than 1 MiB/);
  }),
);

live("an edit of a source is pending, a change inside is drift, both at once are told apart", () =>
  withSite(async (site) => {
    site.rig.write("app.conf", "listen 80\n");
    await site.stand({ files: { "/etc/app.conf": "./app.conf" } });
    site.rig.write("app.conf", "listen 81\n");
    assert.equal(await driftOf(site, 0).then(({ findings, pending }) => [findings, pending]), [[], ['web.files["/etc/app.conf"].held']]);
    assert.equal(await origins(site), ['pending web.files["/etc/app.conf"]']);
    assert.equal((await site.status()).pending, ['web.files["/etc/app.conf"].held']);
    await site.inside("sh", "-c", "echo broken >/etc/app.conf");
    assert.is((await driftOf(site, 2)).findings.length, 1);
    assert.equal(await origins(site), ['drift web.files["/etc/app.conf"]']);
    await site.apply();
    assert.is(await site.inside("cat", "/etc/app.conf"), "listen 81");
    unlinkSync(join(site.rig.directory, "app.conf"));
    assert.match((await site.rig.expect(3, "plan")).stderr, /does not exist on this host/);
    await site.rig.expect(0, "status");
    site.rig.write("app.conf", "listen 80\n");
    await site.rig.expect(0, "rollback", "-y");
    assert.is(await site.inside("cat", "/etc/app.conf"), "listen 80", "what was applied first is what the source holds again");
  }),
);

live("a source that is edited between the plan and its end is not taken for what was shown", () =>
  withSite(async (site) => {
    site.rig.write("app.conf", "listen 80\n");
    await site.stand({ files: { "/etc/app.conf": "./app.conf" } });
    site.rig.write("app.conf", "listen 81\n");
    await site.apply();
    const { stdout, stderr } = await site.rig.expect(1, "rollback", "-y");
    assert.match(stdout + stderr, /source .*app\.conf: is not what it was when it was planned/);
    assert.is(await site.inside("cat", "/etc/app.conf"), "listen 81");
  }),
);

live("a root that is mounted read-only has its files from the start; a change of one makes it anew, unless it lies on a mount", () =>
  withSite(async (site) => {
    const declared = (content: string, more: Declared = {}) => ({
      web: { read_only: true, files: { "/etc/motd": { content }, "/run/flag": { content }, ...more } },
    });
    site.declare(declared("one", { "/etc/gone": { content: "g" } }));
    await site.apply();
    assert.is(await site.inside("sh", "-c", "cat /etc/motd /run/flag /etc/gone"), "oneoneg");
    assert.is((await site.exec(["sh", "-c", "echo x >/etc/motd"])).code, 1);
    const { identity } = await site.seen();
    site.declare(declared("one", { "/etc/gone": { content: "g" }, "/run/more": { content: "m" } }));
    assert.equal(await site.changes(), ['create web.files["/run/more"]']);
    await site.apply();
    assert.is((await site.seen()).identity, identity);
    site.declare(declared("two"));
    assert.is((await site.changes())[0], "recreate web");
    await site.apply();
    assert.is(await site.inside("sh", "-c", "cat /etc/motd /run/flag"), "twotwo");
    assert.is((await site.exec(["cat", "/etc/gone"])).code, 1, "what was no longer declared went with it");
    assert.is.not((await site.seen()).identity, identity);
  }),
);

live("what lies on a mount that comes or goes is made again behind it", () =>
  withSite(async (site) => {
    const files = { "/cache/a/flag": { content: "here\n" } };
    const cached = (mode: string) => ({ "/cache": { type: "tmpfs", mode } });
    await site.stand({ files, mounts: cached("0755") });
    for (const mounts of [cached("0700"), {}, cached("0755")]) {
      site.declare({ web: { files, mounts } });
      await site.apply();
      assert.is(await site.inside("cat", "/cache/a/flag"), "here");
    }
    await site.inside("rm", "-r", "/cache/a");
    execFileSync("nsenter", ["-t", String((await site.seen()).pid), "-m", "--wd=/", "/bin/busybox", "umount", "/cache"]);
    await site.apply();
    assert.is(await site.inside("cat", "/cache/a/flag"), "here");
  }),
);

test.run();

async function origins({ rig }: Site): Promise<readonly string[]> {
  const { changes }: { readonly changes: readonly { readonly address: string; readonly origin: string | null }[] } = JSON.parse(
    (await rig.expect(0, "plan", "--json")).stdout,
  );
  return changes.map(({ address, origin }) => `${origin} ${address}`);
}
