import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readProc } from "../../src/host/proc-reader.ts";
import { parseIdMap } from "../../src/kernel/idmap.ts";
import { needs } from "../support/needs.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit");

live("a tree goes in and comes out again: bytes, modes, links, empty directories, long names; each place as cp would have it", () =>
  withSite(async (site) => {
    await site.stand();
    const copy = (...words: readonly string[]) => site.rig.expect(0, "cp", ...words);
    const here = (...parts: readonly string[]) => join(site.rig.directory, ...parts);
    const long = "n".repeat(180);
    fs.mkdirSync(here("tree/empty"), { recursive: true });
    fs.writeFileSync(here("tree/one"), Buffer.alloc(200_001, "ab\n"), { mode: 0o640 });
    fs.writeFileSync(here("tree", long), "long\n");
    fs.symlinkSync("/etc/passwd", here("tree/link"));
    fs.chmodSync(here("tree/empty"), 0o555);
    await copy("tree", "web:/srv/new");
    await copy("./tree", "web:/srv");
    await copy("tree/.", "web:/tmp");
    assert.is(
      await site.inside("sh", "-c", "cd /srv; ls; ls new | wc -l; stat -c '%a %u %s' new/one new/empty; readlink tree/link"),
      [...["new", "tree", "4", "640 0 200001", `555 0 ${fs.statSync(here("tree/empty")).size}`, "/etc/passwd"]].join("\n"),
    );
    assert.is(await site.inside("cat", `/tmp/${long}`), "long");
    await copy("web:/srv/new", "out");
    await copy("web:/srv/new/one", "out/two");
    assert.ok(fs.readFileSync(here("out/one")).equals(fs.readFileSync(here("tree/one"))));
    assert.ok(fs.readFileSync(here("out/two")).equals(fs.readFileSync(here("tree/one"))));
    assert.is(fs.readlinkSync(here("out/link")), "/etc/passwd");
    assert.is(fs.statSync(here("out/empty")).mode & 0o7777, 0o555);
    assert.is(fs.statSync(here("out/one")).uid, 0);
    const { stdout } = await copy("web:/srv/new/one", "-");
    assert.ok(stdout.includes("ustar"), "a stream of tar");
    await site.rig.expect(1, "cp", "web:/srv/new", "out/one");
    for (const [words, code] of refused) {
      const { stderr } = await site.rig.expect(code, "cp", ...words);
      assert.ok(stderr.includes(code === 64 ? "error usage/invalid-value:" : "error engine/copy-failed:"), `${words.join(" ")}: ${stderr}`);
    }
    assert.equal(fs.readdirSync(here("out")).sort(), fs.readdirSync(here("tree")).concat("two").sort(), "nothing half done is left");
    await site.rig.expect(0, "destroy", "--yes", "web");
    assert.match((await site.rig.expect(1, "cp", "tree", "web:/srv")).stderr, /engine\/not-running: web is not running/);
  }),
);

live("what is copied to a place in itself, through a bind mount, comes to an end", () =>
  withSite(async (site) => {
    const here = (...parts: readonly string[]) => join(site.rig.directory, ...parts);
    fs.mkdirSync(here("tree/in/deep"), { recursive: true });
    // More than what lies between the two ends: when it has passed, the first directory has been made.
    fs.writeFileSync(here("tree/big"), Buffer.alloc(1 << 20, "x"));
    await site.stand({ mounts: { "/in": { type: "bind", source: "./tree/in", idmap: "owner" } } });
    const { stderr } = await site.rig.expect(0, "cp", "tree", "web:/in");
    assert.match(stderr, /left out: \/.*\/tree\/in\/tree(\/in\/tree)?: it was made since the copy began/);
    assert.equal(fs.readdirSync(here("tree/in/tree")).sort(), ["big", "in"]);
    await site.rig.expect(0, "cp", "web:/in/.", "tree/in/deep/out");
    assert.equal(fs.readdirSync(here("tree/in/deep/out")).sort(), ["deep", "tree"]);
  }),
);

live("odd files: what the kernel makes up is as long as it is, a hole stays one, what is left out is told by its own path, any name", () =>
  withSite(async (site) => {
    await site.stand();
    const here = (...parts: readonly string[]) => join(site.rig.directory, ...parts);
    const odd = Buffer.concat([Buffer.from(`${here("tree")}/\n '"`), Buffer.from([0xff, 0xfe])]);
    fs.mkdirSync(here("tree/sub"), { recursive: true });
    fs.writeFileSync(odd, "odd\n");
    fs.writeFileSync(here("tree/holes"), "begin");
    fs.truncateSync(here("tree/holes"), 100 << 20);
    fs.appendFileSync(here("tree/holes"), "end");
    assert.is((await site.rig.start(["mkfifo", here("tree/sub/pipe")], {})).code, 0);
    const into = await site.rig.expect(0, "cp", "tree", "web:/srv");
    assert.is(into.stderr, `warning: left out: ${here("tree/sub/pipe")}: a device, socket or named pipe\n`);
    assert.ok(Number((await site.inside("du", "-k", "/srv/tree/holes")).split("\t")[0]) < 1024);
    await site.inside("mkfifo", "/srv/tree/sub/other");
    const out = await site.rig.expect(0, "cp", "web:/srv/tree/.", "out");
    assert.is(out.stderr, "warning: left out: /srv/tree/sub/other: a device, socket or named pipe\n");
    assert.is(fs.readFileSync(Buffer.from(odd.toString("latin1").replace("/tree/", "/out/"), "latin1"), "utf8"), "odd\n");
    assert.ok(fs.statSync(here("out/holes")).blocks * 512 < 1 << 20);
    assert.is((await site.rig.start(["cmp", here("tree/holes"), here("out/holes")], {})).code, 0);
    // One says that it is empty, the other that it has 4096 bytes.
    for (const path of ["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"]) {
      await site.rig.expect(0, "cp", `web:${path}`, "made-up");
      assert.is(fs.readFileSync(here("made-up"), "utf8"), fs.readFileSync(path, "utf8"));
    }
    const refused = await site.rig.expect(1, "cp", "web:/proc/kmsg", "refused");
    assert.match(refused.stderr, /engine\/copy-failed: \/proc\/kmsg: Permission denied/);
    await site.inside("mkdir", "-p", "/srv/other/holes");
    assert.match(
      (await site.rig.expect(1, "cp", "tree/holes", "web:/srv/other")).stderr,
      /copy-failed: \/srv\/other\/holes: a directory is there/,
    );
    assert.match(
      (await site.rig.expect(1, "cp", "tree/sub", "web:/srv/tree/holes")).stderr,
      /copy-failed: \/srv\/tree\/holes: what is there is no/,
    );
  }),
);

live("owners become root, or with -a stay who they are by the map of ids; nothing that is copied out is set to run as its owner", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid } = await site.seen();
    const [first] = parseIdMap(readProc(`/proc/${pid}/uid_map`));
    await site.inside("sh", "-c", "echo x >/tmp/f; chown 33:34 /tmp/f; chmod 6755 /tmp/f");
    const stat = (name: string) => fs.statSync(join(site.rig.directory, name));
    await site.rig.expect(0, "cp", "web:/tmp/f", "plain");
    assert.equal([stat("plain").uid, stat("plain").gid, stat("plain").mode & 0o7777], [0, 0, 0o755]);
    await site.rig.expect(0, "cp", "-a", "web:/tmp/f", "kept");
    assert.equal(
      [stat("kept").uid, stat("kept").gid, stat("kept").mode & 0o7777],
      [(first?.outside ?? 0) + 33, (first?.outside ?? 0) + 34, 0o755],
    );
    for (const words of [[], ["-a"]]) {
      const { stdout } = await site.rig.expect(0, "cp", ...words, "web:/tmp/f", "-");
      assert.is(stdout.slice(100, 107), "0000755", "nor what a stream is taken apart into");
    }
    await site.rig.expect(0, "cp", "-a", "kept", "web:/tmp/back");
    await site.rig.expect(0, "cp", "kept", "web:/tmp/root");
    assert.is(await site.inside("stat", "-c", "%u:%g", "/tmp/back", "/tmp/root"), "33:34\n0:0");
  }),
);

live(
  "no link leads out, in whichever way: neither on the way to a source, nor below a destination, nor one that is put there meanwhile",
  () =>
    withSite(async (site) => {
      fs.mkdirSync(join(site.rig.directory, "shared"));
      fs.chmodSync(join(site.rig.directory, "shared"), 0o777);
      await site.stand({ mounts: { "/shared": { type: "bind", source: "./shared" } }, command: ["sh", "-c", flipping] });
      const here = (...parts: readonly string[]) => join(site.rig.directory, ...parts);
      const secret = here("secret");
      fs.mkdirSync(secret);
      fs.writeFileSync(join(secret, "key"), "of the host\n");
      await site.inside(
        "sh",
        "-c",
        `mkdir -p /srv/d; ln -s ${secret} /srv/d/way; ln -s ${secret}/key /srv/key; ln -s / /srv/root; echo own >/srv/own`,
      );
      assert.match((await site.rig.expect(1, "cp", "web:/srv/d/way/key", "stolen")).stderr, /No such file/);
      await site.rig.expect(0, "cp", "web:/srv/key", "link");
      assert.ok(fs.lstatSync(here("link")).isSymbolicLink(), "the link itself");
      await site.rig.expect(0, "cp", "web:/srv/root/srv/own", "own");
      assert.is(fs.readFileSync(here("own"), "utf8"), "own\n", "a link that leads to the root leads to its own");
      // Into the environment, over its links: onto nothing of the host's.
      fs.mkdirSync(here("tree/way"), { recursive: true });
      fs.writeFileSync(here("tree/way/key"), "from cp\n");
      assert.match((await site.rig.expect(1, "cp", "tree/.", "web:/srv/d")).stderr, /engine\/copy-failed/);
      await site.rig.expect(0, "cp", "tree/way/key", "web:/srv/key");
      assert.is(await site.inside("cat", "/srv/key"), "from cp", "the link was replaced, not followed");
      // Out to a directory of the host that what is inside can write to: it makes a directory there a link to a secret one, over and over.
      await until("it turns it", () => fs.existsSync(here("shared/turned")));
      await site.inside("sh", "-c", "mkdir -p /srv/tree/turn; echo evil >/srv/tree/turn/key");
      for (let round = 0; round < 20; round++) await site.rig.cloister("cp", "web:/srv/tree/.", "shared");
      assert.is(fs.readFileSync(join(secret, "key"), "utf8"), "of the host\n");
      assert.equal(fs.readdirSync(secret), ["key"]);
    }),
);

live(
  "as a stream: tar reads what comes out, what tar writes goes in; one that is cut leaves no file half there; a hostile one nothing outside",
  () =>
    withSite(async (site) => {
      await site.stand();
      const here = (...parts: readonly string[]) => join(site.rig.directory, ...parts);
      const shell = (script: string) =>
        site.rig.start(["sh", "-c", `cd "$1"; shift; ${script}`, "sh", site.rig.directory, ...site.rig.command("cp")], {});
      fs.mkdirSync(here("tree"));
      fs.writeFileSync(here("tree/one"), "1".repeat(100_000));
      fs.linkSync(here("tree/one"), here("tree/same"));
      const ok = async (script: string) => {
        const { code, stdout, stderr } = await shell(script);
        assert.is(code, 0, stderr);
        return stdout;
      };
      await ok('tar -cf - tree | "$@" - web:/srv');
      assert.is(await site.inside("stat", "-c", "%h %s", "/srv/tree/one", "/srv/tree/same"), "2 100000\n2 100000");
      assert.is(await ok('"$@" web:/srv/tree - | tar -t | sort'), "tree/\ntree/one\ntree/same\n");
      await site.inside("rm", "-r", "/srv/tree");
      const cut = await shell('tar -cf - tree | head -c 50000 | "$@" - web:/srv');
      assert.ok(cut.code === 1 && cut.stderr.includes("the stream ends before its end"), cut.stderr);
      assert.is(await site.inside("ls", "-a", "/srv/tree"), ".\n..");
      const climbing = await shell('tar -P --transform "s,^tree,../../tmp/x," -cf - tree | "$@" - web:/srv');
      assert.ok(climbing.code === 1 && climbing.stderr.includes("leads out of the destination"), climbing.stderr);
      for (const path of ["/etc/passwd", "/bin"]) {
        const full = await site.rig.start(["sh", "-c", '"$@" >/dev/full', "sh", ...site.rig.command("cp", `web:${path}`, "-")], {});
        assert.ok(full.code === 1 && full.stderr.includes("copy-failed: what it is written to is full"), `${path}: ${full.stderr}`);
      }
      const noTar = await shell('head -c 4096 /dev/urandom | "$@" - web:/srv');
      assert.ok(noTar.code === 1 && noTar.stderr.includes("no tar stream"), noTar.stderr);
    }),
);

test.run();

const refused: readonly (readonly [words: readonly string[], code: number])[] = [
  [["web:/no/such", "x"], 1],
  [["no-such", "web:/srv"], 1],
  [["tree/one", "web:/no/such/place"], 1],
  [["tree/one", "web:/srv/none/"], 1],
  [["tree/one", "web:srv"], 64],
  [["tree/one", "elsewhere"], 64],
  [["web:/a", "web:/b"], 64],
];

// In a directory of the host that it shares; the link is one for the host, not for itself.
const flipping = "cd /shared; mkdir turn; while :; do mv turn aside; ln -s ../secret turn; : >turned; rm turn; mv aside turn; done";
