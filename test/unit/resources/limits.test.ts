import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Hierarchy } from "../../../src/model/resource.ts";
import { limits } from "../../../src/resources/limits.ts";
import { warningsOf } from "../../../src/resources/registry.ts";
import { factsOf } from "../../support/root-build.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const v1: readonly Hierarchy[] = [
  { version: 1, controllers: ["memory"], mountPoint: "/cg/memory" },
  { version: 1, controllers: ["cpu", "cpuacct"], mountPoint: "/cg/cpu" },
  { version: 1, controllers: ["pids"], mountPoint: "/cg/pids" },
];
const v2: readonly Hierarchy[] = [{ version: 2, controllers: ["cpu", "memory", "pids"], mountPoint: "/cg" }];
const host = { "host/meminfo": "MemTotal:       16384000 kB\n", "host/cpus": "4" };

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
  const keeper = { pid: 1, start: "1", assembled: true, parent: 0, base: 0 };
  const read = (hierarchies: readonly Hierarchy[], table: Readonly<Record<string, string | null>>) => [
    ...limits.have({ ...scopeOf(hierarchies, "{}"), keeper }, factsOf({ ...host, ...table })),
  ];
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
