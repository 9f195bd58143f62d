// alone: latencies are measured
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { timed } from "../support/latencies.ts";
import { needs } from "../support/needs.ts";
import type { Site } from "../support/site.ts";
import { withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** Nothing is found by the timer. */
const noTimer = ["--interval", "1h"];

/** What a busy machine may take; what it takes on an idle one stands in docs/watch.md. */
const slack = 2_000;

const web = { hostname: "right", command: ["sleep", "1000"], mounts: { "/cache": { type: "tmpfs", size: "1M" } } };

const manifestOf = ({ rig }: Site) => join(rig.directory, "cloister.yaml");
const mounted = (pid: number, target: string) => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(` ${target} `);

/** As somebody with the host's rights does it to an environment. */
function nsenter(pid: number, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("nsenter", ["-t", String(pid), ...args], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return stdout.trim();
}

const hostnameOf = (pid: number) => nsenter(pid, "-u", "--", "hostname");

live("what no event tells is found when it is asked for by SIGHUP", () =>
  withSite(async (site) => {
    await site.stand(web);
    const { pid, identity } = await site.seen();
    await withWatch(site, noTimer, async (watching) => {
      nsenter(pid, "-u", "--", "hostname", "wrong");
      await watching.calm();
      assert.is(hostnameOf(pid), "wrong", "it has heard nothing");
      watching.signal("SIGHUP");
      const took = await timed("a hostname is back after SIGHUP", () => hostnameOf(pid) === "right");
      assert.ok(took < slack, String(took));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("stopped for a while it looks at everything when it goes on, also at what no event tells", () =>
  withSite(async (site) => {
    await site.stand(web);
    const { pid, identity } = await site.seen();
    await withWatch(site, noTimer, async (watching) => {
      watching.signal("SIGSTOP");
      nsenter(pid, "-u", "--", "hostname", "wrong");
      nsenter(pid, "-m", "--", "umount", "/cache");
      const text = readFileSync(manifestOf(site), "utf8");
      writeFileSync(manifestOf(site), text.replace('"/cache":', '"/later":{"type":"tmpfs"},"/cache":'));
      // Time itself is what it is to have missed.
      await delay(3_000);
      watching.signal("SIGCONT");
      const took = await timed(
        "all three are done after a stop of 3 s",
        () => mounted(pid, "/cache") && mounted(pid, "/later") && hostnameOf(pid) === "right",
      );
      assert.ok(took < slack, String(took));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("an edit whose event was lost, because inotify's queue was full, is applied all the same", () =>
  withSite(async (site) => {
    await site.stand(web);
    const { pid, identity } = await site.seen();
    const most = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
    await withWatch(site, noTimer, async (watching) => {
      watching.signal("SIGSTOP");
      // One event after the other of the same file would be one: two files in turn.
      const files = ["a", "b"].map((name) => openSync(join(site.rig.directory, name), "w"));
      for (let write = 0; write < most + 100; write++) writeSync(files[write % 2] ?? 0, "x");
      const text = readFileSync(manifestOf(site), "utf8");
      writeFileSync(manifestOf(site), text.replace('"1M"', '"2M"'));
      for (const file of files) closeSync(file);
      watching.signal("SIGCONT");
      const took = await timed("an edit behind a full queue", () => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes("size=2048k"));
      assert.ok(took < slack, String(took));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("git checkout of another branch, manifest and included files at once, is one apply; and back", () =>
  withSite(async (site) => {
    const { rig } = site;
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "init.defaultBranch=main", ...args], {
        cwd: rig.directory,
        stdio: "pipe",
      });
    const commit = (hostname: string, size: string, motd: string) => {
      site.declare({ web: { ...web, hostname, files: { "/etc/motd": "./motd" } } });
      const written = JSON.parse(readFileSync(manifestOf(site), "utf8"));
      writeFileSync(manifestOf(site), JSON.stringify({ ...written, include: ["shared/base.yaml"] }));
      rig.write("shared/base.yaml", `environments: { web: { mounts: { /shared: { type: tmpfs, size: ${size} } } } }\n`);
      rig.write("motd", motd);
      git("add", "-A");
      git("commit", "-qm", hostname);
    };
    git("init", "-q");
    rig.write(".gitignore", "root/\n");
    commit("one", "1M", "first\n");
    git("checkout", "-qb", "two");
    commit("two", "2M", "second\n");
    git("checkout", "-q", "main");
    await site.apply();
    const { pid, identity } = await site.seen();
    const shows = (hostname: string, size: number, motd: string): boolean =>
      hostnameOf(pid) === hostname &&
      readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`size=${size}k`) &&
      readFileSync(`/proc/${pid}/root/etc/motd`, "utf8") === motd;
    await withWatch(site, noTimer, async (watching) => {
      for (const [branch, hostname, size, motd] of [
        ["two", "two", 2048, "second\n"],
        ["main", "one", 1024, "first\n"],
      ] as const) {
        const before = watching.applies();
        git("checkout", "-q", branch);
        const took = await timed(`git checkout ${branch}`, () => shows(hostname, size, motd));
        assert.ok(took < slack, String(took));
        await watching.calm();
        assert.is(watching.applies() - before, 1, "one apply");
      }
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("the directory of the manifest and of what it includes is deleted and made again", () =>
  withSite(async (site) => {
    const { rig } = site;
    const include = (size: string) => {
      mkdirSync(join(rig.directory, "shared"), { recursive: true });
      rig.write("shared/base.yaml", `environments: { web: { mounts: { /shared: { type: tmpfs, size: ${size} } } } }\n`);
    };
    site.declare({ web });
    writeFileSync(
      manifestOf(site),
      JSON.stringify({ ...JSON.parse(readFileSync(manifestOf(site), "utf8")), include: ["shared/base.yaml"] }),
    );
    include("1M");
    await site.apply();
    const { pid, identity } = await site.seen();
    const sized = (size: number) => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`size=${size}k`);
    await withWatch(site, noTimer, async (watching) => {
      for (const size of [2, 3]) {
        const from = watching.lines.length;
        rmSync(join(rig.directory, "shared"), { recursive: true });
        await watching.told({ condition: "ManifestInvalid", status: true }, from);
        include(`${size}M`);
        await until("what is included again", () => sized(size * 1024));
        await watching.told({ condition: "ManifestInvalid", status: false }, from);
      }
      await watching.calm();
      // A watch of the directory as it is now.
      appendFileSync(join(rig.directory, "shared/base.yaml"), "# nothing\n");
      include("4M");
      const took = await timed("an edit in the directory that was made again", () => sized(4096));
      assert.ok(took < slack, String(took));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("what is only touched, or saved with the same bytes, is no edit", () =>
  withSite(async (site) => {
    await site.stand(web);
    await withWatch(site, noTimer, async (watching) => {
      const from = watching.lines.length;
      const text = readFileSync(manifestOf(site), "utf8");
      for (let save = 0; save < 10; save++) writeFileSync(manifestOf(site), text);
      await watching.calm();
      assert.equal(watching.lines.slice(from), []);
    });
  }),
);

test.run();
