import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseHierarchies } from "../../src/kernel/cgroup.ts";
import { parseMountinfo } from "../../src/kernel/mountinfo.ts";
import { needs } from "../support/needs.ts";
import { groupFile, limitOf, withSite } from "../support/site.ts";

const memory = needs(test, "root", "busybox", "catatonit", "memory limits");
const cpu = needs(test, "root", "busybox", "catatonit", "cpu limits");
const pids = needs(test, "root", "busybox", "catatonit", "pids limits");

pids("no more processes than allowed, however they are started", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { pids: 12 } }, command: ["sleep", "1000"] });
    const bomb = await site.exec(["sh", "-c", "for i in $(seq 50); do sleep 2 & done; wait"]);
    assert.match(bomb.stderr, /can't fork: Resource temporarily unavailable/);
    const seen = await site.seen();
    assert.match(groupFile(site.rig, seen, ["pids", "pids.events"]), /^max [1-9]/m);
    assert.is(limitOf(site.rig, seen, "pids"), 12);
  }),
);

memory("no more memory than allowed: who takes more is ended, and nothing else", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { memory: "32M", memory_swap: 0 } }, command: ["sleep", "1000"] });
    const before = [(await site.seen()).identity, (await site.status()).process];
    const greedy = await site.exec(["dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"]);
    assert.is(greedy.code, 137, greedy.stderr);
    const modest = await site.exec(["dd", "if=/dev/zero", "of=/dev/null", "bs=1M", "count=1"]);
    assert.is(modest.code, 0, modest.stderr);
    assert.equal([(await site.seen()).identity, (await site.status()).process], before);
  }),
);

cpu("no more processor time than allowed", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { cpus: "100m" } } });
    assert.is((await site.exec(["timeout", "1", "sh", "-c", "while :; do :; done"])).code, 143);
    assert.match(groupFile(site.rig, await site.seen(), ["cpu", "cpu.stat"]), /^nr_throttled [1-9]/m);
  }),
);

memory("a percentage is of what the host has", () =>
  withSite(async (site) => {
    await site.stand({ resources: { limits: { memory: "12.5%", cpus: "50%" } } });
    const total = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
    const seen = await site.seen();
    const limit = limitOf(site.rig, seen, "memory");
    assert.ok(Math.abs((limit ?? 0) - total / 8) < 4096, `${limit} of ${total}`);
    assert.is(limitOf(site.rig, seen, "cpus"), availableParallelism() / 2);
  }),
);

memory("every process of an environment is in its control group, in each hierarchy", () =>
  withSite(async (site) => {
    await site.stand({ command: ["sleep", "1000"] });
    const seen = await site.seen();
    const { process: main } = await site.status();
    for (const pid of [seen.pid, main?.pid]) {
      const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
      for (const group of groups.filter(isMounted)) assert.ok(group.includes(`:/cloister/${site.rig.project}/web-${seen.id}`), group);
    }
    assert.is(readFileSync(`/proc/${seen.pid}/oom_score_adj`, "utf8"), "100\n");
    // What waits for them outside does not count.
    for (const waiter of [parentOf(seen.pid), parentOf(main?.pid ?? 0)])
      assert.not.match(readFileSync(`/proc/${waiter}/cgroup`, "utf8"), new RegExp(site.rig.project));
  }),
);

/** A hierarchy that is mounted nowhere (another test's, that the kernel still takes apart) cannot be joined. */
function isMounted(group: string): boolean {
  const mounted = parseHierarchies(parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8")));
  return mounted.some(({ version, controllers }) =>
    version === 2 ? group.startsWith("0::") : group.split(":")[1] === controllers.join(","),
  );
}

test.run();

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
