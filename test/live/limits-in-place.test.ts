import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diskOf } from "../../src/host/disks.ts";
import { parseLimits } from "../../src/kernel/proc.ts";
import { needs } from "../support/needs.ts";
import type { Declared, Seen, Site } from "../support/site.ts";
import { groupFile, mountAt, processesOf, withSite } from "../support/site.ts";
import { until } from "../support/until.ts";
import { withWatch } from "../support/watching.ts";

const live = needs(test, "root", "busybox", "catatonit");
const memory = needs(test, "root", "busybox", "catatonit", "memory limits");
const sleeper = { command: ["sleep", "1000"] };

/** Whatever identifies what runs: no namespace and no process may be another one afterwards. */
async function identity(site: Site): Promise<string> {
  return JSON.stringify([(await site.seen()).identity, (await site.status()).process]);
}

/** Declares it, and sees that nothing but these changes is wanted, that nothing is another one afterwards, and that nothing is left. */
async function becomes(site: Site, declared: Declared, changes: readonly string[]): Promise<Seen> {
  const before = await identity(site);
  site.declare({ web: { ...sleeper, ...declared } });
  assert.equal(await site.changes(), changes);
  await site.apply();
  assert.is(await identity(site), before);
  return site.seen();
}

live("processors: bound, bound otherwise, free again, in place; what runs runs there", () =>
  withSite(async (site) => {
    const online = readFileSync("/sys/devices/system/cpu/online", "utf8").trim();
    await site.stand(sleeper);
    const main = (await site.status()).process?.pid ?? 0;
    const allowed = () => /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${main}/status`, "utf8"))?.[1];
    await becomes(site, { resources: { cpuset: 0 } }, [
      cpusetVersion() === 2 ? "create web.resources.cpuset" : "update web.resources.cpuset",
    ]);
    assert.is(allowed(), "0");
    assert.is(await site.inside("sh", "-c", "grep Cpus_allowed_list /proc/self/status | cut -f2"), "0");
    await becomes(site, { resources: { cpuset: online } }, ["update web.resources.cpuset"]);
    assert.is(allowed(), online);
    await becomes(site, { resources: { cpuset: "0,0", cpuset_mems: 0 } }, ["update web.resources.cpuset"].concat(memsChange()));
    await becomes(site, {}, ["destroy web.resources.cpuset"]);
    assert.is(allowed(), online);
  }),
);

live("a processor or a disk that is not there is refused by name before anything is begun", () =>
  withSite(async (site) => {
    site.declare({ web: { resources: { cpuset: 9999, limits: { io: { "/dev/none": { read_bps: "1M" }, "/proc": { read_iops: 1 } } } } } });
    const { stderr } = await site.rig.expect(1, "apply", "-y");
    assert.match(stderr, /limits\/not-there: web\.resources\.cpuset: this machine has no processor 9999/);
    assert.match(stderr, /limits\/not-there: .*: \/dev\/none is not there/);
    assert.match(stderr, /limits\/not-there: .*: \/proc lies on no disk that could be limited/);
    assert.is((await site.status()).state, "absent");
  }),
);

live("limits of a disk, by a path on it, in place", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const io = (rates: Declared) => ({ resources: { limits: { io: { "/": rates } } } });
    const seen = await becomes(site, io({ read_bps: "10M", write_iops: 50 }), ['create web.resources.limits.io["/"]']);
    const shown = () => ["read_bps", "write_iops"].map((rate) => groupFile(site.rig, seen, ["blkio", `blkio.throttle.${rate}_device`]));
    assert.equal(shown(), [`${diskOf("/")} ${10 << 20}`, `${diskOf("/")} 50`]);
    await becomes(site, io({ read_bps: "20M" }), ['update web.resources.limits.io["/"]']);
    assert.equal(shown(), [`${diskOf("/")} ${20 << 20}`, ""]);
    await becomes(site, {}, [`destroy web.resources.limits.io["${diskOf("/")}"]`]);
    assert.equal(shown(), ["", ""]);
  }),
);

memory("memory and swap, raised and lowered together and alone, in place", () =>
  withSite(async (site) => {
    await site.stand(sleeper);
    const names = (...changes: readonly string[]) => changes.map((change) => change.replace(" ", " web.resources.limits."));
    const limits = (declared: Declared, ...changes: readonly string[]) =>
      becomes(site, { resources: { limits: declared } }, names(...changes));
    await limits({ memory: "64M", memory_swap: "32M" }, "create memory", "create memory_swap");
    await limits({ memory: "256M", memory_swap: "32M" }, "update memory");
    await limits({ memory: "32M", memory_swap: "32M" }, "update memory");
    await limits({ memory: "32M", memory_swap: 0 }, "update memory_swap");
    await limits({ memory: "128M", memory_swap: "1G" }, "update memory", "update memory_swap");
    await limits({ memory: "16M" }, "update memory", "destroy memory_swap");
    await limits({ memory: "64M", memory_swap: "64M" }, "update memory", "create memory_swap");
    await limits({}, "destroy memory_swap", "destroy memory");
  }),
);

/** Takes 48 MB and keeps them, in a file system in memory of the environment. */
const hog = { mounts: { "/hog": { type: "tmpfs" } }, resources: { limits: { memory: "128M" } } };
const take = ["dd", "if=/dev/zero", "of=/hog/file", "bs=1M", "count=48"];
const lower = { ...hog, resources: { limits: { memory: "32M" } } };

memory("less memory than is in use is refused with the numbers, and nothing is done; plan says so; --allow-oom tries it", () =>
  withSite(async (site) => {
    await site.stand({ ...sleeper, ...hog });
    assert.is((await site.exec(take)).code, 0);
    const before = await identity(site);
    site.declare({ web: { ...sleeper, ...lower, hostname: "second" } });
    const planned = await site.rig.expect(0, "plan");
    assert.match(planned.stdout, /warning limits\/in-use: web\.resources\.limits\.memory is to be 33554432 bytes/);
    const { stderr } = await site.rig.expect(1, "apply", "-y");
    assert.match(stderr, /error limits\/in-use: [\s\S]* \d{8} bytes in use \(/);
    assert.equal(await site.changes(), ["update web.resources.limits.memory", "update web.hostname"], "nothing was done");
    const forced = await site.rig.run(["apply", "-y", "--allow-oom"], {});
    // v1 ends nothing for a limit: it refuses, in words. v2 ends what it must.
    if (forced.code !== 0) assert.match(forced.stdout + forced.stderr, /\(EBUSY\)[\s\S]*more is in use: end something inside first/);
    await site.inside("rm", "-f", "/hog/file");
    await site.apply();
    assert.is(await identity(site), before);
  }),
);

memory("a watch holds it back and goes on; what else is to be done is done, and this when it can", () =>
  withSite(async (site) => {
    await site.stand({ ...sleeper, ...hog });
    assert.is((await site.exec(take)).code, 0);
    const before = await identity(site);
    await withWatch(site, ["--interval", "1s"], async (watch) => {
      site.declare({ web: { ...sleeper, ...lower, hostname: "second" } });
      await until("the other change", async () => (await site.inside("hostname")) === "second");
      await watch.told({ condition: "Degraded", reason: "InUse", status: true });
      assert.equal(await site.changes(), ["update web.resources.limits.memory"]);
      await site.inside("rm", "-f", "/hog/file");
      await until("the change", async () => (await site.changes()).length === 0);
    });
    assert.is(await identity(site), before);
  }),
);

const ulimitOf = (pid: number, label = "Max open files") => parseLimits(readFileSync(`/proc/${pid}/limits`, "utf8")).get(label);

/** A main process that starts others all the time: none may be missed. */
const forking = { command: ["sh", "-c", "while :; do sleep 0.01 & wait $$!; done & while :; do sleep 0.01 & wait $$!; done"] };

live("ulimits and score are set on everything that runs, whatever is started meanwhile, and restart nothing", () =>
  withSite(async (site) => {
    await site.stand(forking);
    for (let time = 1; time <= 5; time++) {
      const before = await identity(site);
      site.declare({ web: { ...forking, ulimits: { nofile: { soft: 500 - time, hard: 900 - time } }, oom_score_adj: 200 + time } });
      assert.equal(await site.changes(), ["update web.ulimits.nofile", "update web.oom_score_adj"]);
      await site.apply();
      assert.is(await identity(site), before);
      const { pid } = await site.seen();
      const pids = processesOf(site.rig);
      assert.ok(pids.length >= 3, String(pids.length));
      for (const one of pids.filter((each) => each !== pid)) {
        if (!existsSync(`/proc/${one}/limits`)) continue;
        const [found, score] = [read(`/proc/${one}/limits`), read(`/proc/${one}/oom_score_adj`)];
        if (found === "" || score === "") continue;
        assert.equal(parseLimits(found).get("Max open files"), { soft: 500 - time, hard: 900 - time });
        assert.is(score.trim(), String(200 + time));
      }
      assert.is(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim(), String(200 + time));
    }
  }),
);

live("a limit and a score that were set by hand are drift with the kernel's line, and put back", () =>
  withSite(async (site) => {
    await site.stand({ ...sleeper, ulimits: { nofile: { soft: 300, hard: 600 } } });
    const before = await identity(site);
    const main = (await site.status()).process?.pid ?? 0;
    execFileSync("prlimit", ["--pid", String(main), "--nofile=100:"]);
    writeFileSync(`/proc/${main}/oom_score_adj`, "700");
    const { stdout } = await site.rig.expect(2, "drift");
    assert.match(stdout, /web\.ulimits\.nofile\.soft\n.*300\n.*100\n +seen +\/proc\/\d+\/limits: Max open files {2}100 {2}600/);
    assert.match(stdout, /web\.oom_score_adj\n.*100\n.*700\n +seen +\/proc\/\d+\/oom_score_adj: 700/);
    await site.apply();
    assert.equal(ulimitOf(main), { soft: 300, hard: 600 });
    assert.is(await identity(site), before);
  }),
);

live("processes outside have what they had, whatever is set inside", () =>
  withSite(async (site) => {
    const stranger = spawn("sleep", ["1000"], { stdio: "ignore" });
    await once(stranger, "spawn");
    try {
      const had = read(`/proc/${stranger.pid}/limits`);
      await site.stand(sleeper);
      await becomes(site, { ulimits: { nofile: 123 }, oom_score_adj: 321 }, ["update web.ulimits.nofile", "update web.oom_score_adj"]);
      assert.is(read(`/proc/${stranger.pid}/limits`), had);
      assert.is.not(read(`/proc/${stranger.pid}/oom_score_adj`).trim(), "321");
      const { pid } = await site.seen();
      assert.is.not(ulimitOf(pid)?.hard, 123, "the keeper keeps its own");
    } finally {
      stranger.kill("SIGKILL");
    }
  }),
);

live("nothing stays shared: the whole tree, a slave, each kind of mount, put back in place with its evidence", () =>
  withSite(async (site) => {
    await site.stand({ ...sleeper, mounts: { "/cache": { type: "tmpfs", size: "1M" } } });
    const before = await identity(site);
    const { pid } = await site.seen();
    for (const [how, target] of [
      ["--make-rshared", "/"],
      ["--make-shared", "/cache"],
      ["--make-unbindable", "/cache"],
    ] as const) {
      execFileSync("mount", ["-N", String(pid), how, target]);
      const { stdout } = await site.rig.expect(2, "drift");
      assert.match(
        stdout,
        /web\.mounts\["\/cache"\]\.propagation\n +wanted +private\n +found +(shared:\d+|unbindable)\n +seen .* \/cache /,
      );
      await site.apply();
      assert.equal(
        (await site.seen()).mounts.filter(({ propagation }) => propagation.length > 0),
        [],
      );
      assert.is(await identity(site), before);
    }
  }),
);

live("unbindable, in place and back: binds of it are refused", () =>
  withSite(async (site) => {
    const mounts = (more: Declared) => ({ mounts: { "/cache": { type: "tmpfs", size: "1M", ...more } } });
    await site.stand({ ...sleeper, ...mounts({}) });
    const seen = await becomes(site, mounts({ propagation: "unbindable" }), ['update web.mounts["/cache"]']);
    assert.equal(mountAt(seen, "/cache").propagation, ["unbindable"]);
    const options = await becomes(site, mounts({ propagation: "unbindable", read_only: true }), ['update web.mounts["/cache"]']);
    assert.equal([mountAt(options, "/cache").propagation, mountAt(options, "/cache").options[0]], [["unbindable"], "ro"]);
    const bind = ["mount", "-N", String(seen.pid), "--bind", "/cache", "/mnt"] as const;
    assert.match((await site.rig.start(bind, {})).stderr, /wrong fs type, bad option|Invalid argument/);
    await becomes(site, mounts({}), ['update web.mounts["/cache"]']);
    assert.is((await site.rig.start(bind, {})).code, 0);
    await site.apply();
    await site.rig.expect(0, "destroy", "-y");
    await site.stand({ ...sleeper, ...mounts({ propagation: "unbindable" }) });
    assert.equal(mountAt(await site.seen(), "/cache").propagation, ["unbindable"]);
  }),
);

test.run();

/** v1 has a list at all times, v2 only where one was written. */
function cpusetVersion(): 1 | 2 {
  return existsSync("/sys/fs/cgroup/cpuset/cpuset.cpus") ? 1 : 2;
}

function memsChange(): readonly string[] {
  return cpusetVersion() === 2 ? ["create web.resources.cpuset_mems"] : [];
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
