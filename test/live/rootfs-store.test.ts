import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { leftoverMounts } from "../support/leaks.ts";
import { needs } from "../support/needs.ts";
import { storeContent } from "../support/root-build.ts";
import { printed, rooted, spareRoot, storeOf, sweptAway, withTar } from "../support/store-site.ts";
import { straceUntil } from "../support/strace.ts";
import { until } from "../support/until.ts";

const live = needs(test, "root", "busybox", "catatonit", "overlayfs", "erofs");
const traced = needs(test, "root", "busybox", "catatonit", "overlayfs", "erofs", "strace");

live("ls and inspect tell what needs a root; what nothing needs is swept, and nothing else", () =>
  withTar(async (site) => {
    await site.stand(rooted);
    const key = await spareRoot(site);
    const { roots, uppers } = await printed(site, 0, "rootfs", "ls");
    assert.is(roots.length, 2);
    const [web] = roots.filter((root) => root.key !== key);
    assert.ok(web);
    const needs = web.needed_by.map(({ type, by }) => `${type} ${by}`);
    for (const type of ["mount", "upper", "applied"]) assert.ok(needs.includes(`${type} ${site.rig.project}/web`), needs.join("; "));
    assert.is(uppers[0]?.standing, "current");
    assert.match((await site.rig.expect(0, "rootfs", "ls")).stdout, /spare\.tar .* nothing$/m);
    const about = await printed(site, 0, "rootfs", "inspect", "web");
    assert.is(about.key, web.key);
    assert.is(statSync(about.path).size, about.bytes);

    const before = storeContent(storeOf(site));
    assert.equal(
      (await printed(site, 0, "gc", "--dry-run")).roots.map((root) => root.key),
      [key],
    );
    assert.equal(storeContent(storeOf(site)), before);
    const swept = await printed(site, 0, "gc");
    assert.ok(swept.removed);
    assert.equal(
      swept.roots.map((root) => root.key),
      [key],
    );
    assert.equal(storeContent(storeOf(site)), [`roots/${web.key}.json`, `sha256/${web.digest}`]);
    assert.match((await site.rig.expect(0, "rootfs", "prune")).stdout, /^nothing to remove/);
    assert.is(await site.inside("cat", "/etc/passwd").then((text) => text.split(":")[0]), "root");
  }),
);

traced("an environment on a root that is in the store takes mount alone, beside what makes and holds its namespaces", () =>
  withTar(async (site) => {
    await site.stand(rooted);
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    const file = join(site.rig.directory, "cloister.yaml");
    const [apply, destroy] = [
      ["apply", "--yes"],
      ["destroy", "--yes", "--volumes"],
    ].map((words) => site.rig.command("--file", file, ...words));
    const { code, processes } = straceUntil(apply ?? [], destroy ?? [], {
      log: join(site.rig.directory, "strace.log"),
      env: site.rig.env,
    });
    assert.is(code, 0);
    const applying = processes.map((call) => /^execve\("(?:[^"]*\/)?([^"/]+)"/.exec(call)?.[1] ?? call);
    // The command line itself; and the keeper with what it becomes on its way.
    const others = applying.filter((name) => !["cloister", "perl", "node", "sh", "unshare", "setpriv", "catatonit"].includes(name));
    assert.equal(others, ["mount"]);
    assert.is(applying.filter((name) => name === "perl").length, 2, applying.join(" "));
  }),
);

live("each that needs a root keeps it by itself: a mount, an overlay, what was applied, a lock file, a pin", () =>
  withTar(async (site) => {
    await site.stand({ ...rooted, overlay: "ephemeral" });
    const [entry = ""] = readdirSync(join(storeOf(site), "roots"));
    const key = entry.replace(".json", "");
    const { digest } = await printed(site, 0, "rootfs", "inspect", key);
    const kept = async (why: string) => {
      assert.equal((await printed(site, 0, "gc")).roots, [], why);
      assert.ok(existsSync(join(storeOf(site), "sha256", digest)), why);
    };
    const others = join(site.rig.stateDir, "other");
    // Another state directory knows nothing of what was applied.
    const elsewhere = ["--state-dir", others];
    mkdirSync(others);
    assert.equal((await printed(site, 0, "gc", ...elsewhere)).roots, [], "a mount that runs");
    await site.stand(rooted);
    await site.rig.expect(0, "destroy", "-y");
    await kept("the overlay that was kept");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    await site.rig.expect(0, "rootfs", "pin", key);
    await kept("a pin");
    assert.not((await printed(site, 0, "rootfs", "pin", key)).changed);
    assert.ok((await printed(site, 0, "rootfs", "unpin", key)).changed);

    await site.stand({ ...rooted, overlay: "ephemeral" });
    const seen = await site.seen();
    process.kill(seen.pid, "SIGKILL");
    await until("it has ended", () => !existsSync(`/proc/${seen.pid}`));
    await kept("what was applied last");
    rmSync(join(site.rig.stateDir, "state", site.rig.project, "generations"), { recursive: true });
    site.rig.write(
      "empty.yaml",
      JSON.stringify({ api_version: "cloister/v1", name: "site", environments: { other: { rootfs: { directory: "./root" } } } }),
    );
    await site.rig.expect(0, "apply", "-y", "-f", "empty.yaml");
    // Of a project that applied something else from there: its lock names the root. It has conflicts, and is heeded all the same.
    site.rig.write("cloister.lock", `<<<<<<< HEAD\nimage: ${digest}\n`);
    await kept("a lock file");
    rmSync(join(site.rig.directory, "cloister.lock"));
    await sweptAway(site.rig, () => storeContent(storeOf(site)));
    await site.rig.expect(0, "destroy", "-y", "--volumes", "-f", "empty.yaml");
    rmSync(others, { recursive: true });
  }),
);

live("nothing is swept while another run uses the store, and who starts meanwhile waits", () =>
  withTar(async (site) => {
    await site.stand(rooted);
    await spareRoot(site);
    // A build that stops itself in the middle holds the store.
    rmSync(join(storeOf(site), "roots"), { recursive: true });
    const [file, ...args] = site.rig.command("build");
    const child = spawn(file, args, {
      cwd: site.rig.directory,
      env: { ...site.rig.env, CLOISTER_FAILPOINT: "stop:before:2" },
      stdio: "ignore",
    });
    const ended = new Promise((done) => child.once("close", done));
    try {
      await until("it has stopped", () => /^State:\tT/m.test(readFileSync(`/proc/${child.pid}/status`, "utf8")));
      const before = storeContent(storeOf(site));
      const refused = await site.rig.run(["gc", "--json"], {});
      assert.is(refused.code, 7, refused.stdout);
      assert.match(refused.stdout, /engine\/locked.*in use by another run/);
      assert.equal(storeContent(storeOf(site)), before);
    } finally {
      child.kill("SIGCONT");
      await ended;
    }
    assert.is((await site.rig.run(["gc"], {})).code, 0);
    assert.equal(readdirSync(storeOf(site)).includes("sweep.lock"), false);
  }),
);

live("a sweep that is killed anywhere leaves no entry without its image, and the next one goes on", () =>
  withTar(async (site) => {
    await site.stand(rooted);
    for (let index = 0; index < 12; index += 1) {
      await spareRoot(site);
      const [file, ...args] = site.rig.command("gc");
      const child = spawn(file, args, { cwd: site.rig.directory, env: site.rig.env, stdio: "ignore" });
      const ended = new Promise((done) => child.once("close", done));
      const timer = setTimeout(() => child.kill("SIGKILL"), 60 + index * 25);
      await ended;
      clearTimeout(timer);
      const { roots } = await printed(site, 0, "rootfs", "verify");
      assert.ok(roots.every(({ whole }) => whole));
    }
    await site.rig.expect(0, "gc");
    assert.is(storeContent(storeOf(site)).length, 2);
  }),
);

live("verify finds a root whose bytes changed, or that was cut, and nothing in a whole one", () =>
  withTar(async (site) => {
    await site.stand(rooted);
    assert.ok((await printed(site, 0, "rootfs", "verify")).roots[0]?.whole);
    const { path } = await printed(site, 0, "rootfs", "inspect", "web");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    const bytes = readFileSync(path);
    bytes[100_000] = (bytes[100_000] ?? 0) ^ 1;
    rmSync(path);
    writeFileSync(path, bytes, { mode: 0o400 });
    const [found] = (await printed(site, 2, "rootfs", "verify")).roots;
    assert.ok(found);
    assert.not(found.whole);
    assert.is.not(found.found, found.digest);
    assert.match((await site.rig.run(["rootfs", "verify"], {})).stdout, /^damaged /);
    assert.ok((await site.rig.run(["rootfs", "export", found.key, "--erofs", "x"], {})).stderr.includes("rootfs/damaged"));
    assert.equal(
      readdirSync(site.rig.directory).filter((name) => name.includes("export") || name === "x"),
      [],
    );
    rmSync(path);
    writeFileSync(path, Buffer.alloc(bytes.length), { mode: 0o400 });
    const { stderr } = await site.rig.run(["rootfs", "sbom", found.key], {});
    for (const words of ["rootfs/unreadable", "rootfs verify"]) assert.ok(stderr.includes(words), stderr);
    truncateSync(path, 1000);
    assert.is((await printed(site, 2, "rootfs", "verify")).roots[0]?.found, null);
    await site.apply();
    assert.ok((await printed(site, 0, "rootfs", "verify")).roots[0]?.whole);
  }),
);

live("on a disk without any room left gc makes some", () =>
  withTar(async (site) => {
    const { dataDir } = site.rig;
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=711", "full", dataDir]);
    try {
      site.declare({ web: rooted });
      await site.rig.expect(0, "build");
      const filler = openSync(join(dataDir, "filler"), "w");
      assert.throws(() => {
        for (;;) writeSync(filler, Buffer.alloc(4096));
      }, /ENOSPC/);
      closeSync(filler);
      assert.is(statfsSync(dataDir).bavail, 0);
      await sweptAway(site.rig, () => storeContent(storeOf(site)));
      assert.ok(statfsSync(dataDir).bavail > 0);
    } finally {
      execFileSync("umount", [dataDir]);
    }
    // Who has made a mount namespace meanwhile has it, too, as long as that lasts.
    await until("nobody has it mounted", () => leftoverMounts(site.rig.owner).length === 0);
  }),
);

live("what no root can be made of is told with the plan, and refused by apply before anything is begun", () =>
  withTar(async (site) => {
    site.declare({ web: { rootfs: { oci: "./root.tar" } } });
    const planned = await site.rig.expect(0, "plan");
    assert.match(planned.stdout + planned.stderr, /warning rootfs\/bad-image: .*it has no index.json/);
    const applied = await site.rig.expect(1, "apply");
    assert.match(applied.stderr, /^error rootfs\/bad-image: .*it has no index.json/);
    assert.is((applied.stdout + applied.stderr).split("it has no index.json").length, 2, "it is said once");
    site.declare({ web: rooted });
    const { stdout, stderr } = await site.rig.expect(0, "plan");
    assert.not.match(stdout + stderr, /warning/);
  }),
);

test.run();
