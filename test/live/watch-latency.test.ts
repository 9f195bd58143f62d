// timeout: 900 s
// alone: latencies are measured
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Latencies } from "../support/latencies.ts";
import { latencies } from "../support/latencies.ts";
import { needs } from "../support/needs.ts";
import { childrenOf } from "../support/processor-time.ts";
import type { Site } from "../support/site.ts";
import { startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import type { Watching } from "../support/watching.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");

/** Nothing is found by the timer: only by what was heard. */
const byEvents = ["--interval", "1h"];

const sleeper = { command: ["sleep", "1000"], mounts: { "/cache": { type: "tmpfs", size: "1M" } } };
const times = 10;

/** The median holds what is promised, on a machine that has time; one in ten may fall on a moment when it does something else. */
function within(promised: number, { median, max, slowness }: Latencies): void {
  assert.ok(median < promised * slowness, `half of them took more than ${promised} ms: ${median}`);
  assert.ok(max < (promised + 1_000) * slowness, `one took ${max} ms`);
}

const mounted = (pid: number, target: string) => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(` ${target} `);

function unmount(pid: number, target: string): void {
  const { status, stderr } = spawnSync("nsenter", ["-t", String(pid), "-m", "--", "umount", target], { encoding: "utf8" });
  assert.is(status, 0, stderr);
}

/** Another target each time: what breaks three times within a minute would be left alone for a while. */
const targets = Array.from({ length: times }, (_, number) => `/m${number}`);
const manyMounts = { ...sleeper, mounts: Object.fromEntries(targets.map((target) => [target, { type: "tmpfs", size: "1M" }])) };

interface Story {
  readonly what: string;
  readonly count?: number;
}

async function takenAway({ seen }: Site, watching: Watching, { what, count = times }: Story): Promise<Latencies> {
  const { pid } = await seen();
  return latencies(what, count, async (time) => {
    await watching.calm();
    unmount(pid, `/m${time}`);
    return () => mounted(pid, `/m${time}`);
  });
}

live("a mount that is taken away is back within 100 ms", () =>
  withSite(async (site) => {
    await site.stand(manyMounts);
    const { identity } = await site.seen();
    await withWatch(site, byEvents, async (watching) => {
      within(100, await takenAway(site, watching, { what: "a mount that was taken away is back" }));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("beside 49 others, too, with events and without; watching all of them takes less than 80 MB", () =>
  withSite(async (site) => {
    const others = Array.from({ length: 49 }, (_, number) => [`e${number}`, sleeper] as const);
    site.declare({ web: manyMounts, ...Object.fromEntries(others) });
    await site.apply();
    const { identity } = await site.seen();
    await withWatch(site, byEvents, async (watching) => {
      // Fewer, because there is a limit to what may be done in a row for the kernel's word, which a slow machine comes to.
      within(100, await takenAway(site, watching, { what: "one of 50 has its mount back", count: 6 }));
      const megabytes = [watching.pid, ...childrenOf(watching.pid)].map(residentOf);
      const sum = megabytes.reduce((total, one) => total + one, 0);
      process.stdout.write(`\n  watching 50 environments: ${sum.toFixed(0)} MB\n`);
      assert.ok(sum < 80, `${megabytes.map((one) => one.toFixed(1)).join(" + ")} MB`);
    });
    // What breaks three times within a minute is left alone for a while; a watch that begins knows of nothing.
    await withWatch(site, byEvents, async (watching) => {
      await killListener(watching);
      within(1_500, await takenAway(site, watching, { what: "one of 50 has its mount back, without events" }));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("a mount that is taken away is back within 1.5 s where nothing tells of it", () =>
  withSite(async (site) => {
    await site.stand(manyMounts);
    const { identity } = await site.seen();
    await withWatch(site, byEvents, async (watching) => {
      await killListener(watching);
      within(1_500, await takenAway(site, watching, { what: "a mount that was taken away is back, without events" }));
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("nothing of a watch is left when it is killed: no process, no namespace held", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    await withWatch(site, [], async (watching) => {
      const listener = listenerOf(watching.pid);
      const start = startOf(listener);
      watching.signal("SIGKILL");
      await watching.ended;
      await until("its helper is gone", () => startOf(listener) !== start);
    });
    await site.rig.expect(0, "watch", "--once");
  }),
);

live("an edit in place is applied within 250 ms of the save", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const { pid, identity } = await site.seen();
    const file = join(site.rig.directory, "cloister.yaml");
    const text = readFileSync(file, "utf8");
    await withWatch(site, byEvents, async (watching) => {
      const edits = await latencies("an edit is applied", times, async (time) => {
        await watching.calm();
        writeFileSync(file, text.replace('"1M"', `"${time + 2}M"`));
        return () => readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`size=${(time + 2) * 1024}k`);
      });
      within(250, edits);
    });
    assert.is((await site.seen()).identity, identity);
  }),
);

live("the death of a keeper is seen within a second, and it is made anew", () =>
  withSite(async (site) => {
    const names = ["a", "b", "c", "d", "e"];
    site.declare(Object.fromEntries(names.map((name) => [name, sleeper])));
    await site.apply();
    const pids = new Map<string, number>();
    for (const name of names) pids.set(name, (await site.seen(name)).pid);
    await withWatch(site, byEvents, async (watching) => {
      const seen = await latencies("the death of a keeper is told", names.length, async (time) => {
        await watching.calm();
        const name = names[time] ?? "";
        process.kill(pids.get(name) ?? 0, "SIGKILL");
        return () =>
          watching.lines.some(({ condition, environment, status }) => condition === "Synced" && environment === name && status === false);
      });
      within(1_000, seen);
      await watching.calm();
    });
    for (const name of names) {
      const now = await site.status(name);
      assert.is(now.process?.type, "running", name);
      assert.is.not(now.pid, pids.get(name));
    }
  }),
);

async function killListener({ pid }: Watching): Promise<void> {
  const listener = listenerOf(pid);
  process.kill(listener, "SIGKILL");
  await until("the listener is gone", () => startOf(listener) === null);
}

/** Proportional set size of a process, in MB: what it shares with others counts by its part. */
function residentOf(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) / 1024;
}

/** The one process that tells a watch of mounts and deaths. */
function listenerOf(watch: number): number {
  const listeners = childrenOf(watch).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").endsWith("\0listen\0"));
  assert.is(listeners.length, 1, "one process listens");
  return Number(listeners[0]);
}

test.run();
