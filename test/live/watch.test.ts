// alone: latencies are measured
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { timed } from "../support/latencies.ts";
import { needs } from "../support/needs.ts";
import { groupOf, withSite } from "../support/site.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** What a busy machine may take; what it takes on an idle one stands in docs/watch.md. */
const slack = 2_000;

function mounted(pid: number, target: string): boolean {
  return readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(` ${target} `);
}

function unmount(pid: number, target: string): void {
  const { status, stderr } = spawnSync("nsenter", ["-t", String(pid), "-m", "--", "umount", target], { encoding: "utf8" });
  assert.is(status, 0, stderr);
}

/** The manifest with one more mount. */
function withMount(text: string, target: string): string {
  return text.replace('"/cache":', `"${target}":{"type":"tmpfs"},"/cache":`);
}

const sleeper = { command: ["sleep", "1000"], mounts: { "/cache": { type: "tmpfs", size: "1M" } } };

live("a mount that is taken away is back; nothing restarts", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid, identity } = await site.seen();
    await withWatch(site, [], async () => {
      for (let time = 0; time < 2; time++) {
        unmount(pid, "/cache");
        const took = await timed("a mount is back", () => mounted(pid, "/cache"));
        assert.ok(took < slack, String(took));
        await delay(100);
      }
    });
    assert.is((await site.seen()).identity, identity);
    assert.is((await site.status()).process?.type, "running");
  }),
);

live("an edit is applied in place, however the file is saved", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid, identity } = await site.seen();
    const file = join(site.rig.directory, "cloister.yaml");
    await withWatch(site, [], async () => {
      const save: Readonly<Record<string, (text: string) => void>> = {
        "in place": (text) => writeFileSync(file, text),
        "renamed over": (text) => {
          writeFileSync(`${file}.new`, text);
          renameSync(`${file}.new`, file);
        },
        "as vim saves": (text) => {
          renameSync(file, `${file}~`);
          writeFileSync(file, text);
          rmSync(`${file}~`);
        },
        "deleted and made again": (text) => {
          rmSync(file);
          writeFileSync(file, text);
        },
        "as a link that is turned": (text) => {
          const data = join(site.rig.directory, "..data");
          const version = join(site.rig.directory, `v${readdirSync(site.rig.directory).length}`);
          mkdirSync(version);
          writeFileSync(join(version, "cloister.yaml"), text);
          symlinkSync(version, `${data}.new`);
          renameSync(`${data}.new`, data);
          if (readFileSync(file, "utf8") !== text) {
            symlinkSync("..data/cloister.yaml", `${file}.new`);
            renameSync(`${file}.new`, file);
          }
        },
        "by the link that it goes through, turned again": (text) => {
          const data = join(site.rig.directory, "..data");
          const version = join(site.rig.directory, `v${readdirSync(site.rig.directory).length}`);
          mkdirSync(version);
          writeFileSync(join(version, "cloister.yaml"), text);
          symlinkSync(version, `${data}.new`);
          renameSync(`${data}.new`, data);
        },
      };
      let number = 0;
      for (const [how, write] of Object.entries(save)) {
        const target = `/edit${number++}`;
        const before = readFileSync(file, "utf8");
        write(withMount(before, target));
        assert.match(readFileSync(file, "utf8"), target, `${how}: the manifest holds it`);
        const took = await timed(`an edit saved ${how}`, () => mounted(pid, target));
        assert.ok(took < slack, `${how}: ${took}`);
      }
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("a burst of a hundred saves is one apply", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid } = await site.seen();
    const file = join(site.rig.directory, "cloister.yaml");
    const text = readFileSync(file, "utf8");
    await withWatch(site, [], async (watching) => {
      const before = watching.applies();
      for (let save = 0; save < 100; save++) writeFileSync(file, withMount(text, `/burst${save}`));
      await timed("the last of a hundred saves", () => mounted(pid, "/burst99"));
      await watching.calm();
      assert.is(watching.applies() - before, 1);
    });
  }),
);

live("a broken manifest is told once, the last good one holds, and a mended one is taken", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid } = await site.seen();
    const file = join(site.rig.directory, "cloister.yaml");
    const text = readFileSync(file, "utf8");
    await withWatch(site, [], async (watching) => {
      writeFileSync(file, text.replace('"name"', '"nonsense":true,"name"'));
      const line = await watching.told({ condition: "ManifestInvalid", status: true });
      assert.is(line.diagnostics?.[0]?.code, "manifest/unknown-key");
      unmount(pid, "/cache");
      await timed("a mount is back under a broken manifest", () => mounted(pid, "/cache"));
      await watching.calm();
      assert.is(watching.lines.filter(({ condition }) => condition === "ManifestInvalid").length, 1);
      rmSync(file);
      await delay(50);
      writeFileSync(file, withMount(text, "/mended"));
      await watching.told({ condition: "ManifestInvalid", status: false });
      await timed("a mended manifest", () => mounted(pid, "/mended"));
    });
  }),
);

live("a second watch of the project is refused with the pid of the first, and SIGTERM leaves everything as it runs", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { identity } = await site.seen();
    await withWatch(site, [], async (watching) => {
      const { stderr } = await site.rig.expect(7, "watch");
      assert.match(stderr, new RegExp(`engine/locked: .*cloister watch, pid ${watching.pid},`));
      watching.signal("SIGTERM");
      assert.is(await watching.ended, 0);
      assert.is(watching.lines.at(-1)?.type, "watch-stopped");
    });
    assert.is((await site.seen()).identity, identity);
    assert.is((await site.status()).process?.type, "running");
  }),
);

live("a keeper that is killed is made anew, and so is its process", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid } = await site.seen();
    await withWatch(site, [], async () => {
      process.kill(pid, "SIGKILL");
      await timed("an environment that was killed is back", async () => {
        const { pid: now, process: main } = await site.status();
        return now !== null && now !== pid && main?.type === "running";
      });
    });
  }),
);

live("a main process that is killed is started again in the same environment", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { identity } = await site.seen();
    const { process: first } = await site.status();
    await withWatch(site, [], async () => {
      process.kill(first?.pid ?? 0, "SIGKILL");
      await timed("a process that was killed is back", async () => {
        const now = (await site.status()).process;
        return now?.type === "running" && now.pid !== first?.pid;
      });
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("a limit that somebody writes is put right", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { pids: 50 } } });
    const seen = await site.seen();
    const file = join(groupOf(site.rig, seen, "pids"), "pids.max");
    await withWatch(site, [], async () => {
      writeFileSync(file, "70");
      await timed("a limit is back", () => readFileSync(file, "utf8") === "50\n");
    });
  }),
);

live("stopped for a while and let go on, it catches up", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid } = await site.seen();
    const file = join(site.rig.directory, "cloister.yaml");
    await withWatch(site, ["--interval", "1s"], async (watching) => {
      watching.signal("SIGSTOP");
      unmount(pid, "/cache");
      writeFileSync(file, withMount(readFileSync(file, "utf8"), "/later"));
      await delay(2_500);
      watching.signal("SIGCONT");
      await timed("after a stop both are done", () => mounted(pid, "/cache") && mounted(pid, "/later"));
    });
  }),
);

live("what takes a restart is told and left; -y does it", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { identity } = await site.seen();
    const file = join(site.rig.directory, "cloister.yaml");
    const before = (await site.status()).process?.pid;
    await withWatch(site, [], async (watching) => {
      site.declare({ web: { ...sleeper, command: ["sleep", "2000"] } });
      await watching.told({ type: "condition", condition: "Synced", status: false, reason: "NeedsRestart" });
      await watching.calm();
      assert.is((await site.status()).process?.pid, before);
    });
    assert.is((await site.rig.cloister("watch", "--once", "--file", file)).code, 5);
    assert.is((await site.rig.cloister("watch", "--once", "--no-repair", "--file", file)).code, 2);
    assert.is((await site.rig.cloister("watch", "--once", "-y", "--file", file)).code, 0);
    assert.is.not((await site.status()).process?.pid, before);
    assert.is((await site.seen()).identity, identity);
  }),
);

live("an apply by hand beside it changes nothing, and nothing is told", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    await withWatch(site, [], async (watching) => {
      const from = watching.lines.length;
      await site.apply();
      await watching.calm();
      assert.equal(watching.lines.slice(from), []);
    });
  }),
);

live("a watch that was killed leaves no lock behind a destroy", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    await withWatch(site, [], async (watching) => {
      watching.signal("SIGKILL");
      await watching.ended;
    });
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    assert.equal(site.left(), []);
  }),
);

test.run();
