import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Hierarchy } from "../../../src/model/resource.ts";
import { diffResource } from "../../../src/plan/diff.ts";
import { limits } from "../../../src/resources/limits.ts";
import { warningsOf } from "../../../src/resources/registry.ts";
import { factsOf } from "../../support/root-build.ts";
import { sampleRootFacts, sampleScope } from "../../support/sample-scope.ts";

const v1: readonly Hierarchy[] = [
  { version: 1, controllers: ["memory"], mountPoint: "/cg/memory" },
  { version: 1, controllers: ["cpu", "cpuacct"], mountPoint: "/cg/cpu" },
  { version: 1, controllers: ["pids"], mountPoint: "/cg/pids" },
];
const v2: readonly Hierarchy[] = [{ version: 2, controllers: ["cpu", "memory", "pids"], mountPoint: "/cg" }];
const host = {
  ...sampleRootFacts,
  "keeper/cgroup": null,
  "host/meminfo": "MemTotal:       16384000 kB\n",
  "host/cpus": "4",
  "hierarchy/memory/memory.memsw.limit_in_bytes": "9223372036854771712\n",
};
const keeper = { pid: 1, start: "1", assembled: true, parent: 0, base: 0 };

const scopeOf = (hierarchies: readonly Hierarchy[], written: string) => sampleScope(`resources: { limits: ${written} }`, hierarchies);

test("v1: each limit is written to its controller's own file, memory and swap together", () => {
  const scope = scopeOf(v1, "{ memory: 64M, memory_swap: 32M, cpus: 1.5, pids: 7 }");
  const facts = factsOf({ ...host });
  const steps = [...limits.want(scope, facts)].flatMap(([key, want]) => limits.create({ scope, key, want, facts }));
  assert.equal(
    steps.map((step) => (step.type === "write" ? [step.path, step.content] : [])),
    [
      ["/cg/memory/cloister/t/web-aaaaaaaa/memory.limit_in_bytes", String(64 * 2 ** 20)],
      ["/cg/memory/cloister/t/web-aaaaaaaa/memory.memsw.limit_in_bytes", String(96 * 2 ** 20)],
      ["/cg/cpu/cloister/t/web-aaaaaaaa/cpu.cfs_quota_us", "150000"],
      ["/cg/pids/cloister/t/web-aaaaaaaa/pids.max", "7"],
    ],
  );
});

test("v2: the same words in one hierarchy; shares of the host are reckoned from what it has", () => {
  const scope = scopeOf(v2, "{ memory: 50%, memory_swap: 0, cpus: 500m, pids: 7 }");
  const facts = factsOf({ ...host });
  const steps = [...limits.want(scope, facts)].flatMap(([key, want]) => limits.create({ scope, key, want, facts }));
  assert.equal(
    steps.map((step) => (step.type === "write" ? [step.path, step.content] : [])),
    [
      ["/cg/cloister/t/web-aaaaaaaa/memory.max", String(8192000 * 1024)],
      ["/cg/cloister/t/web-aaaaaaaa/memory.swap.max", "0"],
      ["/cg/cloister/t/web-aaaaaaaa/cpu.max", "50000 100000"],
      ["/cg/cloister/t/web-aaaaaaaa/pids.max", "7"],
    ],
  );
});

test("what the kernel shows is read back as it was written, and no limit is none", () => {
  const read = (hierarchies: readonly Hierarchy[], table: Readonly<Record<string, string | null>>) =>
    [...limits.have({ ...scopeOf(hierarchies, "{}"), keeper }, factsOf({ ...host, ...table }))].map(([name, { value }]) => [name, value]);
  const shown = {
    "cgroup/memory/memory.limit_in_bytes": "67108864\n",
    "cgroup/memory/memory.memsw.limit_in_bytes": "100663296\n",
    "cgroup/cpu/cpu.cfs_quota_us": "150000\n",
    "cgroup/cpu/cpu.cfs_period_us": "100000\n",
    "cgroup/pids/pids.max": "7\n",
  };
  assert.equal(read(v1, shown), [
    ["memory", 67108864],
    ["memory_swap", 33554432],
    ["cpus", 1.5],
    ["pids", 7],
  ]);
  const none = {
    "cgroup/memory/memory.max": "max\n",
    "cgroup/memory/memory.swap.max": null,
    "cgroup/cpu/cpu.max": "max 100000\n",
    "cgroup/pids/pids.max": "max\n",
  };
  assert.equal(read(v2, none), []);
});

test("v1 without accounting of swap: its limit is told as not enforced before anything starts", () => {
  const scope = scopeOf(v1, "{ memory: 64M, memory_swap: 32M }");
  const facts = factsOf({ ...host, "hierarchy/memory/memory.memsw.limit_in_bytes": null });
  assert.equal([...limits.want(scope, facts).keys()], ["memory", "pids"]);
  assert.is(warningsOf(scope, facts)[0]?.message, "web.resources.limits.memory_swap is not enforced: no cgroup controller for it here");
});

const mebibyte = 2 ** 20;

/** v1: what is written, `memory=`, `sum=` in MiB, to come from one pair of limits to another. */
function moves(from: readonly [memory: number, sum: number], to: string): readonly string[] {
  const scope = { ...scopeOf(v1, to), keeper };
  const shown = (value: number) => (Number.isFinite(value) ? `${value * mebibyte}\n` : "9223372036854771712\n");
  const facts = factsOf({
    ...host,
    "cgroup/memory/memory.limit_in_bytes": shown(from[0]),
    "cgroup/memory/memory.memsw.limit_in_bytes": shown(from[1]),
    "cgroup/memory/memory.usage_in_bytes": "4096\n",
    "cgroup/memory/memory.current": null,
    "cgroup/memory/memory.stat": "total_inactive_file 0\n",
    "cgroup/cpu/cpu.cfs_quota_us": "-1\n",
    "cgroup/cpu/cpu.cfs_period_us": "100000\n",
    "cgroup/pids/pids.max": "4096\n",
  });
  return diffResource(limits, { scope, facts, origins: new Map() })
    .flatMap(({ change }) => change.steps)
    .map((step) => {
      if (step.type !== "write") return step.type;
      const name = String(step.path).includes("memsw") ? "sum" : "memory";
      return `${name}=${step.content === "-1" ? "none" : Number(step.content) / mebibyte}`;
    });
}

test("v1 refuses memory above memory and swap together: the one that is in the way is written first", () => {
  const none = Number.POSITIVE_INFINITY;
  assert.equal(moves([64, 96], "{ memory: 64M, memory_swap: 32M }"), []);
  assert.equal(moves([64, 96], "{ memory: 128M, memory_swap: 32M }"), ["sum=160", "memory=128"]);
  assert.equal(moves([128, 160], "{ memory: 64M, memory_swap: 32M }"), ["memory=64", "sum=96"]);
  assert.equal(moves([64, 96], "{ memory: 80M, memory_swap: 32M }"), ["memory=80", "sum=112"]);
  assert.equal(moves([64, 96], "{ memory: 64M, memory_swap: 0 }"), ["sum=64"]);
  assert.equal(moves([64, 96], "{ memory: 64M }"), ["sum=none"]);
  assert.equal(moves([64, 96], "{ memory: 128M }"), ["sum=none", "memory=128", "sum=none"]);
  assert.equal(moves([64, 96], "{}"), ["sum=none", "sum=none", "memory=none"]);
  assert.equal(moves([64, none], "{ memory: 128M }"), ["memory=128"]);
  assert.equal(moves([none, none], "{ memory: 64M, memory_swap: 32M }"), ["memory=64", "sum=96"]);
  // By hand: only what was changed is told, and both are put back.
  assert.equal(moves([32, 96], "{ memory: 64M, memory_swap: 32M }"), ["memory=64"]);
});

test("less memory than is in use is a hazard, with the numbers; files that can be given back do not count", () => {
  const hazard = (used: string, stat: string, limit: string) => {
    const scope = { ...scopeOf(v2, `{ memory: ${limit} }`), keeper };
    const table = { "cgroup/memory/memory.current": used, "cgroup/memory/memory.usage_in_bytes": null, "cgroup/memory/memory.stat": stat };
    const facts = factsOf({ ...host, ...table, "cgroup/memory/memory.max": "max\n", "cgroup/pids/pids.max": "max\n" });
    return limits.hazard?.({ scope, key: "memory", want: limits.want(scope, facts).get("memory") ?? 0, facts }) ?? null;
  };
  const told = hazard("50000000\n", "anon 40000000\nfile 10000000\ninactive_file 10000000\n", "32M");
  assert.is(told?.code, "limits/in-use");
  assert.match(told?.message ?? "", /^web\.resources\.limits\.memory is to be 33554432 bytes, less than is in use/);
  assert.is(told?.cause, "40000000 bytes in use (50000000 in all, 10000000 of them could be given back)");
  assert.is(hazard("50000000\n", "anon 1\ninactive_file 30000000\n", "32M"), null);
  assert.is(hazard("33554432\n", "inactive_file 0\n", "32M"), null);
});

test("a limit that no controller here enforces is told, and not asked for", () => {
  const scope = scopeOf([v1[2] ?? { version: 1, controllers: [], mountPoint: "" }], "{ memory: 64M, pids: 7 }");
  const facts = factsOf({ ...host });
  assert.equal([...limits.want(scope, facts).keys()], ["pids"]);
  assert.equal(
    warningsOf(scope, facts).map(({ code, message }) => [code, message]),
    [["limits/not-enforced", "web.resources.limits.memory is not enforced: no cgroup controller for it here"]],
  );
});

test.run();
