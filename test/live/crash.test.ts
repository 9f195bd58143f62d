// timeout: 300 s
// alone: times are measured
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { groupPids } from "../../src/host/cgroup-files.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Site } from "../support/site.ts";
import { groupOf, processesOf, startOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { stoppedAt } from "../torture/stopped.ts";

const live = needs(test, "root", "busybox", "catatonit");

const declared: Declared & { readonly hostname: string } = {
  // What a persistent one wrote would bind it to its range of ids, which other tests at the same time may be given.
  overlay: "ephemeral",
  hostname: "one",
  mounts: { "/srv": "./site", "/data": "data", "/cache": { type: "tmpfs", size: "1M" } },
  resources: { limits: { memory: "64M" } },
  command: ["sleep", "1000"],
};
const changed: typeof declared = {
  ...{ ...declared, hostname: "two" },
  mounts: { "/srv": "./site:ro", "/cache": { type: "tmpfs", size: "2M" }, "/more": "./site" },
  command: ["sleep", "2000"],
};

live("an apply that is killed at any moment leaves nothing that the next one does not mend", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "hello\n");
    site.declare({ web: declared });
    const whole = await killed(site, Number.POSITIVE_INFINITY, "apply");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    let cut = 0;
    for (const moment of moments(30, whole)) {
      const ranMs = await killed(site, moment, "apply");
      if (ranMs < whole) cut += 1;
      await site.rig.expect(0, "apply", "-y");
      assert.is(await site.inside("cat", "/srv/index.html"), "hello");
      await site.rig.expect(0, "destroy", "-y", "--volumes");
      assert.equal(site.left(), [], `killed after ${moment} ms`);
    }
    assert.ok(cut > 15, `only ${cut} were cut`);
  }),
);

live("a change of a running environment that is killed at any moment is finished by the next one", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "hello\n");
    await site.stand(declared);
    const { identity } = await site.seen();
    site.declare({ web: changed });
    const whole = await killed(site, Number.POSITIVE_INFINITY, "apply");
    let next = declared;
    for (const moment of moments(10, whole)) {
      site.declare({ web: next });
      await killed(site, moment, "apply");
      await site.apply();
      assert.is(await site.inside("hostname"), next.hostname);
      next = next === declared ? changed : declared;
    }
    assert.is((await site.seen()).identity, identity);
  }),
);

live("a destroy that is killed at any moment is finished by the next one", () =>
  withSite(async (site) => {
    site.rig.write("site/index.html", "hello\n");
    await site.stand(declared);
    const whole = await killed(site, Number.POSITIVE_INFINITY, "destroy", "--volumes");
    for (const moment of moments(10, whole)) {
      await site.stand(declared);
      await killed(site, moment, "destroy", "--volumes");
      await site.rig.expect(0, "destroy", "-y", "--volumes");
      assert.equal(site.left(), [], `killed after ${moment} ms`);
    }
  }),
);

live("a keeper that was killed by hand is seen, and the next apply makes the environment anew", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sleep", "1000"] });
    const { pid, id } = await site.seen();
    process.kill(pid, "SIGKILL");
    await until("its end", () => startOf(pid) === null);
    assert.is((await site.status()).state, "absent");
    assert.match((await site.rig.expect(2, "plan", "--detailed-exitcode")).stdout, /\+ create +web\.namespaces/);
    await site.apply();
    assert.is.not((await site.seen()).id, id);
    assert.is((await site.status()).process?.type, "running");
  }),
);

live("a keeper that is killed while its environment is made is told as that, and the next apply makes it", () =>
  withSite(async (site) => {
    site.declare({ web: declared });
    site.rig.write("site/index.html", "hello\n");
    const events = (await site.rig.expect(0, "apply", "--yes", "--json")).stdout.trim().split("\n");
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    const steps: readonly { readonly type: string; readonly title?: string; readonly done?: number }[] = events.map((line) =>
      JSON.parse(line),
    );
    const mapped = steps.find(({ type, title }) => type === "step-finished" && title === "gid map")?.done;
    const { code, output } = await stoppedAt(site, { place: `after:${mapped}`, verb: ["apply", "--yes"] }, async () => {
      await until("it is in its control groups", () => processesOf(site.rig).length > 0);
      for (const pid of processesOf(site.rig)) process.kill(pid, "SIGKILL");
    });
    assert.is(code, 1, output);
    assert.match(output, /error engine\/keeper-failed: web: .*the keeper ended meanwhile/);
    await site.apply();
    await site.rig.expect(0, "destroy", "--yes", "--volumes");
    assert.equal(site.left(), []);
  }),
);

live("whoever waits outside for an environment can be killed without any harm to it", () =>
  withSite(async (site) => {
    await site.stand();
    const { pid, start, identity } = await site.seen();
    const inspected: { readonly environments: readonly { readonly keeper: { readonly parent: number } }[] } = JSON.parse(
      (await site.rig.expect(0, "inspect", "--json")).stdout,
    );
    const parent = inspected.environments[0]?.keeper.parent ?? 0;
    const shell = parentOf(parent);
    for (const waiter of [parent, shell]) {
      process.kill(waiter, "SIGKILL");
      await until("its end", () => startOf(waiter) === null);
      assert.is((await site.seen()).identity, identity);
      assert.is(startOf(pid), start);
    }
    assert.equal(await site.changes(), []);
    assert.is(await site.inside("hostname"), "web");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    await until("the host's init has buried the keeper", () => site.left().length === 0);
  }),
);

live("what is left of a life that ended is swept by destroy, and a second destroy finds nothing", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "ephemeral" });
    const { pid } = await site.seen();
    process.kill(pid, "SIGKILL");
    await until("its end", () => startOf(pid) === null);
    assert.ok(site.left().length > 0);
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(site.left(), []);
    assert.is((await site.rig.expect(0, "destroy", "-y")).stdout, "nothing to destroy: none of it is there\n");
  }),
);

live("a start that was cut before it was in any control group ends with the environment that was made after it", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "ephemeral" });
    const { project, directory } = site.rig;
    const marks = { CLOISTER_ENVIRONMENT: `${project}/web`, CLOISTER_ID: "abcdefgh", CLOISTER_MANIFEST: directory };
    const cut = spawn("unshare", ["--pid", "--fork", "--kill-child", "sleep", "1000"], {
      env: { PATH: process.env.PATH, ...marks },
      stdio: "ignore",
    });
    const ended = once(cut, "exit");
    await until("it has a child", () => readFileSync(`/proc/${cut.pid}/task/${cut.pid}/children`, "utf8") !== "");
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    await ended;
    assert.equal(site.left(), []);
  }),
);

live("a control group that somebody emptied and removed leaves nothing of its project behind a destroy", () =>
  withSite(async (site) => {
    await site.stand({ overlay: "ephemeral", resources: { limits: { pids: 100 } }, command: ["sleep", "1000"] });
    const group = groupOf(site.rig, await site.seen(), "pids");
    for (const pid of groupPids(group)) writeFileSync(join(group, "../../../cgroup.procs"), String(pid));
    for (const below of ["keeper", "p-main", "exec", ""]) if (existsSync(join(group, below))) rmdirSync(join(group, below));
    assert.not.ok(existsSync(group));
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.equal(site.left(), []);
  }),
);

live("destroy takes less than two seconds, and asks first", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sh", "-c", "sleep 1000 & sleep 1000 & wait"], mounts: { "/data": "data" } });
    const { identity } = await site.seen();
    const refused = await site.rig.expect(64, "destroy");
    assert.ok(refused.stderr.includes("usage/not-confirmed"));
    assert.is((await site.seen()).identity, identity);
    const begun = performance.now();
    await site.rig.expect(0, "destroy", "-y", "--volumes");
    assert.ok(performance.now() - begun < 2_000);
    assert.equal(site.left(), []);
  }),
);

test.run();

/** Runs a verb and kills it after so many milliseconds, alone: what it started lives on. Returns how long it ran. */
async function killed({ rig }: Site, afterMs: number, ...args: readonly string[]): Promise<number> {
  const [program, ...rest] = rig.command(...args, "--yes");
  const begun = performance.now();
  const child = spawn(program, rest, { cwd: rig.directory, env: rig.env, stdio: "ignore" });
  const timer = Number.isFinite(afterMs) ? setTimeout(() => child.kill("SIGKILL"), afterMs) : undefined;
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  if (!Number.isFinite(afterMs)) assert.is(code, 0);
  return performance.now() - begun;
}

/** Moments all over a time, none of them twice the same. */
function moments(count: number, wholeMs: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => ((index + Math.random()) / count) * wholeMs);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
