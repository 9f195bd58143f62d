import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs");

const uppers = ({ rig }: Site) => join(rig.dataDir, "uppers", `${rig.project}.web`);
const write = (site: Site, ...paths: readonly string[]) =>
  site.inside("sh", "-c", 'for path; do mkdir -p "$(dirname "$path")" && echo "$path" >"$path" || exit 1; done', "sh", ...paths);
const isThere = async (site: Site, path: string) => (await site.exec(["test", "-e", path])).code === 0;

/** Which of these paths are there inside. */
async function there(site: Site, paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) if (await isThere(site, path)) found.push(path);
  return found;
}

live("what was written goes, the root is as it was, and what ran is started again", () =>
  withSite(async (site) => {
    await site.stand();
    await write(site, "/etc/new", "/srv/deep/file");
    await site.inside("rm", "/etc/group");
    const before = await site.seen();
    const { stdout } = await site.rig.expect(0, "reset", "-y", "web");
    assert.match(stdout, /- destroy +web\.overlay +what was written over its root/);
    assert.is.not((await site.seen()).identity, before.identity);
    assert.equal(await there(site, ["/etc/new", "/srv/deep/file", "/etc/group"]), ["/etc/group"]);
    assert.equal(await site.changes(), []);
    assert.is(readdirSync(uppers(site)).length, 1);
  }),
);

live("what is kept stays, with owner and mode; everything beside it goes", () =>
  withSite(async (site) => {
    await site.stand();
    const paths = [
      "/var/lib/data/one",
      "/var/lib/data/deep/two",
      "/var/lib/other",
      "/var/beside",
      "/srv/a[b]*?/x",
      "/srv/ab/x",
      "/etc/new",
    ];
    await write(site, ...paths);
    await site.inside("sh", "-c", "chown 33:33 /var/lib/data/one; chmod 600 /var/lib/data/one");
    const misspelled = await site.rig.expect(64, "reset", "-y", "web", "--keep", "/var/lib/data", "--keep", "/var/lib/dta/one");
    assert.match(misspelled.stderr, /--keep: web has written nothing at "\/var\/lib\/dta\/one"\n/);
    assert.equal(await there(site, paths), paths);
    await site.rig.expect(0, "reset", "-y", "web", "--keep", "/var/lib/data", "--keep", "/srv/a[b]*?");
    assert.equal(await there(site, paths), ["/var/lib/data/one", "/var/lib/data/deep/two", "/srv/a[b]*?/x"]);
    assert.is(await site.inside("stat", "-c", "%u %g %a", "/var/lib/data/one"), "33 33 600");
    assert.is(readdirSync(uppers(site)).length, 1);
  }),
);

live("of a directory that was made anew inside, on the way to what is kept, all else of the root is back", () =>
  withSite(async (site) => {
    await site.stand();
    const before = await site.inside("ls", "/etc", "/var");
    await site.inside(
      "sh",
      "-c",
      "rm -r /etc /var; mkdir -m 700 /var; mkdir /etc; echo kept >/etc/group; mkdir -p /var/tmp; echo kept >/var/tmp/kept",
    );
    await site.rig.expect(0, "reset", "-y", "web", "--keep", "/etc/group", "--keep", "/var/tmp/kept");
    assert.is(await site.inside("ls", "/etc", "/var"), before);
    assert.is(await site.inside("cat", "/etc/group", "/var/tmp/kept"), "kept\nkept");
    // Made anew itself, it is kept as it is.
    await site.inside("sh", "-c", "rm -r /etc; mkdir /etc; echo kept >/etc/group");
    await site.rig.expect(0, "reset", "-y", "web", "--keep", "/etc");
    assert.equal(
      (await site.inside("ls", "/etc")).split("\n").filter((name) => name === "passwd"),
      [],
    );
  }),
);

live("a link that somebody inside put on the way to what is kept leads nowhere", () =>
  withSite(async (site) => {
    const victim = site.rig.write("victim/data/secret", "the host's");
    await site.stand();
    await site.inside("sh", "-c", `rm -rf /srv; ln -s ${join(victim, "../..")} /srv; ln -s ${join(victim, "..")} /mnt/data`);
    const refused = await site.rig.expect(64, "reset", "-y", "web", "--keep", "/srv/data", "--keep", "/mnt/data");
    assert.match(refused.stderr, /--keep: web has written nothing at "\/srv\/data"\n/);
    await site.rig.expect(0, "reset", "-y", "web", "--keep", "/mnt/data");
    assert.ok(existsSync(victim));
    assert.is(await site.inside("readlink", "/mnt/data"), join(victim, ".."));
    assert.is(await site.inside("stat", "-c", "%F", "/srv"), "directory");
  }),
);

live("one that does not run stays ended; what was never written needs nothing", () =>
  withSite(async (site) => {
    await site.stand();
    await write(site, "/etc/new");
    await site.rig.expect(0, "destroy", "-y");
    const { stdout } = await site.rig.expect(0, "reset", "-y", "web");
    assert.not.match(stdout, /create/);
    assert.not(existsSync(uppers(site)) && readdirSync(uppers(site)).length > 0);
    assert.is((await site.status()).state, "absent");
    assert.match((await site.rig.expect(0, "reset", "-y", "web")).stdout, /^nothing to reset/);
    await site.apply();
    assert.not(await isThere(site, "/etc/new"));
  }),
);

live("it asks; a protected one, one without an overlay and bad paths are refused", () =>
  withSite(async (site) => {
    await site.stand({ lifecycle: { prevent_destroy: true } });
    await write(site, "/etc/new");
    const told = async (code: number, pattern: RegExp, ...args: readonly string[]) => {
      const { code: got, stderr } = await site.rig.run(["reset", ...args], {});
      assert.is(got, code, stderr);
      assert.match(stderr, pattern);
    };
    await told(1, /plan\/protected.*throw away what was written/, "-y", "web");
    await told(64, /usage\/unknown-environment/, "-y", "wbe");
    await told(64, /--keep: "\/" is everything/, "web", "--keep", "/");
    await told(64, /--keep: "var" must be an absolute path/, "web", "--keep", "var");
    await told(64, /must not contain/, "web", "--keep", "/var/../etc");
    assert.ok(await isThere(site, "/etc/new"));
    await site.rig.expect(0, "reset", "-y", "web", "--force-protected", "web");
    assert.not(await isThere(site, "/etc/new"));
    // What protects it as it was applied goes first.
    await site.stand();
    await site.stand({ overlay: "none" });
    await told(1, /rootfs\/no-upper/, "-y", "web");
    await site.stand();
    await write(site, "/etc/new");
    await told(64, /usage\/not-confirmed.*throw away what web wrote/, "web");
  }),
);

live("killed before or after any of its steps, it has all of what was kept, or has it aside, and can be repeated", () =>
  withSite(async (site) => {
    // Ids of its own: those of an overlay that nobody has mounted may be given to a test beside it.
    const ids = [{ inside: 0, outside: 700_000_000, count: 65_536 }];
    const users = { mode: "map", uid_mappings: ids, gid_mappings: ids };
    for (const when of ["before", "after"]) {
      for (let step = 1; step <= 7; step += 1) {
        await site.stand({ users });
        await write(site, "/var/keep/one", "/var/keep/two", "/etc/new");
        await site.rig.expect(0, "destroy", "-y");
        const [file, ...args] = site.rig.command("reset", "-y", "web", "--keep", "/var/keep");
        const env = { ...site.rig.env, CLOISTER_FAILPOINT: `kill:${when}:${step}` };
        const child = spawn(file, args, { cwd: site.rig.directory, env, stdio: "ignore" });
        await new Promise((done) => child.once("close", done));
        await site.rig.expect(0, "reset", "-y", "web", "--keep", "/var/keep");
        await site.apply();
        assert.equal(
          await there(site, ["/var/keep/one", "/var/keep/two", "/etc/new"]),
          ["/var/keep/one", "/var/keep/two"],
          `${when} ${step}`,
        );
        await site.rig.expect(0, "destroy", "-y", "--volumes");
      }
    }
  }),
);

test.run();
