import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { printed, rooted, withTar } from "../support/store-site.ts";
import { tarBytes } from "../support/tar-bytes.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs", "erofs");

live("diff of an environment shows what it wrote, removed and made anew; of two roots what they differ in", () =>
  withTar(async (site) => {
    await site.stand(rooted);
    await site.inside(
      "sh",
      "-c",
      "echo x >/etc/new; rm /etc/group; rm -r /var/tmp; mkdir -m 700 /var/tmp; sed -i s/root/toor/ /etc/passwd; ln -s /etc/shadow /link",
    );
    const { files } = await printed(site, 0, "rootfs", "diff", "web");
    const lines = files.map(({ path, action }) => `${action} ${path}`);
    assert.equal(lines, ["remove /etc/group", "add /etc/new", "change /etc/passwd", "add /link", "change /var/tmp"]);
    copyFileSync(join(site.rig.directory, "root.tar"), join(site.rig.directory, "more.tar"));
    writeFileSync(join(site.rig.directory, "added"), "added\n");
    execFileSync("tar", ["--append", "--file", "more.tar", "added"], { cwd: site.rig.directory });
    site.declare({ web: rooted, more: { rootfs: { tar: "./more.tar" } } });
    await site.rig.expect(0, "build");
    const between = await printed(site, 0, "rootfs", "diff", "web", "more");
    assert.equal(
      between.files.map(({ path, action }) => `${action} ${path}`),
      ["add /added"],
    );
    assert.match((await site.rig.expect(0, "rootfs", "diff", "web", "web")).stdout, /has the same files/);
  }),
);

live("a link in a root or an overlay shows nothing of the host", () =>
  withTar(async (site) => {
    const members = [
      { name: "var/lib", type: "2", link: "/usr/share" },
      { name: "etc", type: "2", link: "/etc" },
    ];
    writeFileSync(join(site.rig.directory, "evil.tar"), tarBytes(members));
    site.declare({ web: { rootfs: { tar: "./evil.tar" } } });
    await site.rig.expect(0, "build");
    assert.is(JSON.parse((await site.rig.expect(0, "rootfs", "sbom", "web")).stdout).packages.length, 1);
    await site.rig.expect(0, "rootfs", "export", "web", "--tar", "out.tar");
    assert.equal(
      execFileSync("tar", ["--list", "--file", join(site.rig.directory, "out.tar")], { encoding: "utf8" })
        .trim()
        .split("\n")
        .sort(),
      ["./", "./etc", "./var/", "./var/lib"],
    );
  }),
);

live("an exported root is the same each time, in each form, and comes back as what it was", () =>
  withTar(async (site) => {
    site.declare({ web: rooted });
    await site.rig.expect(0, "build");
    const names = ["a.tar", "b.tar", "a.erofs", "image", "image.tar"];
    for (const name of names) {
      const form = name.startsWith("image") ? "--oci" : name.endsWith(".erofs") ? "--erofs" : "--tar";
      assert.match((await printed(site, 0, "rootfs", "export", "web", form, name)).digest, /^[0-9a-f]{64}$/);
    }
    const bytes = (name: string) => readFileSync(join(site.rig.directory, name));
    assert.ok(bytes("a.tar").equals(bytes("b.tar")));
    const { digest } = await printed(site, 0, "rootfs", "inspect", "web");
    assert.is(execFileSync("sha256sum", [join(site.rig.directory, "a.erofs")], { encoding: "utf8" }).slice(0, 64), digest);
    site.declare({
      web: rooted,
      tar: { rootfs: { tar: "./a.tar" } },
      oci: { rootfs: { oci: "./image" } },
      packed: { rootfs: { oci: "./image.tar" } },
    });
    await site.rig.expect(0, "build");
    for (const name of ["tar", "oci", "packed"]) {
      assert.equal((await printed(site, 0, "rootfs", "diff", "web", name)).files, [], name);
      assert.is((await printed(site, 0, "rootfs", "inspect", name)).digest, digest, name);
    }
    assert.ok((await site.rig.run(["rootfs", "export", "web", "--tar", "a.tar"], {})).stderr.includes("rootfs/exists"));
    assert.ok((await site.rig.run(["rootfs", "export", "web", "--tar", "no/where.tar"], {})).stderr.includes("rootfs/missing"));
    for (const flags of [[], ["--tar", "x", "--oci", "y"]])
      assert.is((await site.rig.run(["rootfs", "export", "web", ...flags], {})).code, 64);
    assert.equal(
      readdirSync(site.rig.directory).filter((name) => name.includes("cloister-export")),
      [],
    );
  }),
);

const listing = `find bin home opt root srv usr var -exec stat -c '%f %u %g %s %n' {} + | grep -v '^4' | sort
find bin home opt root srv usr var -type d -exec stat -c '%f %u %g %n' {} + | sort
find home opt root srv usr var -type f -exec sha256sum {} + | sort`;

live("GNU tar reads an exported root of several layers, and what it makes of it is what is inside", () =>
  withTar(async (site) => {
    const files = { "/opt/one": { content: "one\n", mode: "4755", uid: 33, gid: 7 }, "/opt/two": { content: "two\n" } };
    const setup = [
      "rm /opt/two && echo three >/opt/three && chown 8:9 /opt/three",
      "rm -r /srv && mkdir -m 2750 /srv && ln -s one /srv/link && rm /bin/vi",
    ];
    await site.stand({ rootfs: { tar: "./root.tar", files, setup } });
    await site.rig.expect(0, "rootfs", "export", "web", "--tar", "out.tar");
    const at = join(site.rig.directory, "out");
    mkdirSync(at);
    execFileSync("tar", ["--extract", "--same-owner", "--numeric-owner", "--same-permissions", "--file", `${at}.tar`, "--directory", at]);
    const unpacked = execFileSync("sh", ["-euc", listing], { cwd: at, encoding: "utf8", env: { LC_ALL: "C", PATH: "/usr/bin:/bin" } });
    assert.equal(unpacked.trim().split("\n"), (await site.inside("sh", "-euc", `cd / && ${listing}`)).split("\n"));
    for (const [line, there] of [
      [" 33 7 4 opt/one", true],
      [" 8 9 6 opt/three", true],
      ["opt/two", false],
      ["bin/vi\n", false],
    ] as const)
      assert.is(unpacked.includes(line), there, line);
  }),
);

live("an export that fills the disk says so, and leaves nothing there", () =>
  withTar(async (site) => {
    site.declare({ web: rooted });
    await site.rig.expect(0, "build");
    mkdirSync(join(site.rig.directory, "small"));
    // In a mount namespace of its own: whatever else runs may take a copy of the host's along.
    const onSmall = 'mount -t tmpfs -o mode=700,size=1m cloister-test small && { "$@"; code=$?; ls -A small; exit $code; }';
    for (const [form, name] of [
      ["--tar", "root.tar"],
      ["--erofs", "root.erofs"],
      ["--oci", "image"],
      ["--oci", "image.tar"],
    ] as const) {
      const command = site.rig.command("rootfs", "export", "web", form, `small/${name}`);
      const { directory: cwd, env } = site.rig;
      const { status, stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", onSmall, "sh", ...command], {
        cwd,
        env,
        encoding: "utf8",
      });
      assert.is(status, 1);
      assert.ok(stderr.includes("host/no-space"), `${form}: ${stderr}`);
      assert.is(stdout, "", form);
    }
  }),
);

needs(
  test,
  "root",
  "busybox",
  "skopeo",
  "umoci",
)("skopeo and umoci read an image that was exported", () =>
  withTar(async (site) => {
    site.declare({ web: rooted });
    await site.rig.expect(0, "build");
    await site.rig.expect(0, "rootfs", "export", "web", "--oci", "image");
    const run = (command: string, ...args: readonly string[]) =>
      execFileSync(command, args, { cwd: site.rig.directory, encoding: "utf8", env: { ...site.rig.env } });
    const seen = JSON.parse(run("skopeo", "inspect", "oci:image"));
    assert.equal([seen.Os, seen.Layers.length], ["linux", 1]);
    run("skopeo", "copy", "--quiet", "oci:image", "oci:copied:again");
    run("umoci", "unpack", "--image", "copied:again", "bundle");
    assert.is(run("stat", "-c", "%a %u", "bundle/rootfs/tmp").trim(), "1777 0");
    // A root of layers is read by them as one layer, what they took away missing in it.
    site.declare({ web: rooted, layered: { rootfs: { ...rooted.rootfs, setup: ["echo layer >/etc/layer; rm /etc/group"] } } });
    await site.rig.expect(0, "build");
    await site.rig.expect(0, "rootfs", "export", "layered", "--oci", "layers");
    run("skopeo", "copy", "--quiet", "oci:layers", "oci:layers-copied:again");
    run("umoci", "unpack", "--image", "layers-copied:again", "layers-bundle");
    assert.is(
      run("sh", "-c", "cd layers-bundle/rootfs/etc && cat layer && ls")
        .split("\n")
        .filter((line) => /^(layer|group)$/.test(line))
        .join(" "),
      "layer layer",
    );
    // What skopeo wrote is packed, and read again as a root.
    site.declare({ web: rooted, again: { rootfs: { oci: "./copied", image: "again" } } });
    await site.rig.expect(0, "build");
    assert.equal((await printed(site, 0, "rootfs", "diff", "web", "again")).files, []);
  }),
);

live("what names no root, or several, or asks for what cannot be, is told", () =>
  withTar(async (site) => {
    site.declare({ web: rooted, plain: {} });
    const told = async (code: number, words: readonly string[], ...args: readonly string[]) => {
      const result = await site.rig.run(["rootfs", ...args], {});
      assert.is(result.code, code, result.stderr);
      for (const each of words) assert.ok(result.stderr.includes(each), result.stderr);
    };
    await told(1, ["rootfs/not-built"], "inspect", "web");
    await site.rig.expect(0, "build");
    await told(64, ["rootfs/unknown", 'no root is called "wbe"', 'did you mean "web"'], "inspect", "wbe");
    await told(64, ["rootfs/unknown", "is a directory"], "inspect", "plain");
    await told(1, ["rootfs/no-upper"], "diff", "web");
    await told(64, ['rootfs does not know "shwo"'], "shwo");
    await told(64, ["rootfs ls has no flag --dry-run"], "ls", "--dry-run");
    await told(64, ["rootfs inspect needs ROOT"], "inspect");
    await told(64, ['does not know what to do with "b"'], "inspect", "web", "b");
  }),
);

test.run();
