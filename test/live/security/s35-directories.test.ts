// S35, S34: what cloister keeps belongs to root and nobody else can write to it, in every component; nobody else reads it either.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../../support/needs.ts";
import { withSite } from "../../support/site.ts";

const live = needs(test, "root", "busybox", "catatonit");
const nobody = 65534;

live("a directory that somebody else owns or can write to is refused, wherever on the way it is, and nothing is made in it", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    const base = join(site.rig.directory, "places");
    const place = join(base, "a/b");
    for (const kind of ["--data-dir", "--state-dir"] as const) {
      for (const [at, spoil] of spoilers(base)) {
        // What is made in --state-dir are directories of our own: it may be sticky itself.
        if (kind === "--state-dir" && at === "sticky") continue;
        rmSync(base, { recursive: true, force: true });
        mkdirSync(join(base, "a"), { recursive: true, mode: 0o755 });
        spoil();
        const { code, stderr } = await site.rig.cloister("apply", "--yes", kind, place);
        assert.is(code, 6, `${kind} ${at}: ${stderr}`);
        assert.ok(stderr.startsWith("error store/unsafe-directory: "), `${kind} ${at}: ${stderr}`);
        assert.equal(
          readdirSync(join(base, "a")).filter((name) => name !== "b"),
          [],
          `${kind} ${at}`,
        );
      }
    }
    // The control: without the check it would be used. A sticky directory above, as /tmp is, is right.
    rmSync(base, { recursive: true, force: true });
    mkdirSync(base);
    chmodSync(base, 0o1777);
    await site.rig.expect(0, "apply", "--yes", "--state-dir", place);
    await site.rig.expect(0, "destroy", "--yes", "--state-dir", place);
  }),
);

live("a link in place of a lock, or a foreign directory of locks, does not have a file of the host cut", () =>
  withSite(async (site) => {
    site.declare({ web: {} });
    const locks = join(site.rig.stateDir, "locks");
    const victim = join(site.rig.directory, "victim");
    writeFileSync(victim, "precious\n");
    mkdirSync(locks, { mode: 0o700 });
    symlinkSync(victim, join(locks, `${site.rig.project}.lock`));
    const linked = await site.rig.cloister("apply", "--yes");
    assert.is.not(linked.code, 0);
    assert.is(readFileSync(victim, "utf8"), "precious\n");
    rmSync(locks, { recursive: true });
    mkdirSync(locks, { mode: 0o777 });
    chownSync(locks, nobody, nobody);
    symlinkSync(victim, join(locks, `${site.rig.project}.lock`));
    const { stderr } = await site.rig.expect(6, "apply", "--yes");
    assert.ok(stderr.startsWith("error store/unsafe-directory: "), stderr);
    assert.is(readFileSync(victim, "utf8"), "precious\n");
    // The control: opened as usual, it is cut.
    writeFileSync(join(locks, `${site.rig.project}.lock`), "");
    assert.is(readFileSync(victim, "utf8"), "");
    rmSync(locks, { recursive: true });
  }),
);

live("whatever is made is root's, 0700 or 0600; what the environment's ids own lies where nobody else passes", () =>
  withSite(async (site) => {
    const declared = {
      web: { mounts: { "/data": { type: "volume", source: "data" } }, command: ["sh", "-c", "echo said; exec sleep 1000"] },
    };
    site.declare(declared);
    await site.apply();
    await site.inside("sh", "-c", "cp /bin/busybox /root/evil; chmod 4755 /root/evil; echo secret >/data/secret");
    const loose = [...looseIn(site.rig.stateDir), ...looseIn(site.rig.dataDir)];
    const allowed = (path: string) =>
      path === site.rig.dataDir ||
      path === site.rig.stateDir ||
      path === join(site.rig.dataDir, "bin") ||
      path === join(site.rig.dataDir, "bin/catatonit");
    assert.equal(
      loose.filter((path) => !allowed(path)),
      [],
    );
    for (const path of loose.filter((one) => one !== site.rig.stateDir))
      assert.is(statSync(path).mode & 0o777, 0o711, `${path} may be passed, no more`);
    const upper = join(
      site.rig.dataDir,
      "uppers",
      `${site.rig.project}.web`,
      readdirSync(join(site.rig.dataDir, "uppers", `${site.rig.project}.web`))[0] ?? "",
    );
    const evil = join(upper, "u/root/evil");
    assert.is(lstatSync(evil).mode & 0o4000, 0o4000);
    const asNobody = (path: string) => spawnSync("test", ["-r", path], { uid: nobody, gid: nobody }).status;
    for (const path of [evil, join(site.rig.dataDir, "volumes", `${site.rig.project}.data`, "secret")])
      assert.is.not(asNobody(path), 0, path);
    // The control: the same file where one may pass.
    const open = join(site.rig.directory, "evil");
    renameSync(evil, open);
    for (const path of [join(open, "../.."), join(open, "..")]) chmodSync(path, 0o755);
    assert.is(asNobody(open), 0);
  }),
);

test.run();

/** Ways to spoil `base`/a, named, each on a directory that is right. */
function spoilers(base: string): readonly (readonly [name: string, spoil: () => void])[] {
  const above = join(base, "a");
  const last = join(above, "b");
  return [
    ["owner of the directory", () => [mkdirSync(last), chownSync(last, nobody, nobody)]],
    ["owner of its parent", () => chownSync(above, nobody, nobody)],
    ["owner of what is far above", () => chownSync(base, nobody, nobody)],
    ["mode of the directory", () => [mkdirSync(last), chmodSync(last, 0o777)]],
    ["mode of its parent", () => chmodSync(above, 0o775)],
    ["sticky", () => [mkdirSync(last), chmodSync(last, 0o1777)]],
    ["a link of somebody else's", () => [symlinkSync("/var/empty", last), spawnSync("chown", ["-h", "nobody", last])]],
    [
      "a link to what is somebody else's",
      () => [mkdirSync(join(base, "other")), chownSync(join(base, "other"), nobody, nobody), symlinkSync("../other", last)],
    ],
  ];
}

/** Everything of root's below a directory that others may pass, read or write; what belongs to others is not looked into. */
function looseIn(directory: string): string[] {
  const { mode, uid } = lstatSync(directory);
  if (uid !== 0) return (lstatSync(join(directory, "..")).mode & 0o077) === 0 ? [] : [directory];
  const own = (mode & 0o077) === 0 ? [] : [directory];
  // Where nobody passes, it does not matter what is in there.
  if (own.length === 0 || !lstatSync(directory).isDirectory()) return own;
  return [...own, ...readdirSync(directory).flatMap((name) => looseIn(join(directory, name)))];
}
