import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Hierarchy } from "../../../src/model/resource.ts";
import { diffResource } from "../../../src/plan/diff.ts";
import { ioLimits } from "../../../src/resources/io-limits.ts";
import { problemsOf, warningsOf } from "../../../src/resources/registry.ts";
import { factsOf } from "../../support/root-build.ts";
import { sampleRootFacts, sampleScope } from "../../support/sample-scope.ts";

const v1: readonly Hierarchy[] = [{ version: 1, controllers: ["blkio"], mountPoint: "/cg/blkio" }];
const v2: readonly Hierarchy[] = [{ version: 2, controllers: ["io"], mountPoint: "/cg" }];
const hybrid: readonly Hierarchy[] = [{ version: 2, controllers: ["hugetlb"], mountPoint: "/cg/unified" }, ...v1];
const keeper = { pid: 1, start: "1", assembled: true, parent: 0, base: 0 };
const files = ["read_bps", "write_bps", "read_iops", "write_iops"].map((name) => `blkio.throttle.${name}_device`);

type Table = Readonly<Record<string, string | null>>;

/** What the kernel shows on each layout; v1 by the four files in order. */
function shows(hierarchies: readonly Hierarchy[], ...texts: readonly string[]): Table {
  const disks = { "keeper/cgroup": null, "disk//dev/vda": "254:0", "disk//dev/sdb": "8:16" };
  if (hierarchies === v2) return { ...disks, "cgroup/io/io.max": texts[0] ?? "" };
  return { ...disks, ...Object.fromEntries(files.map((file, index) => [`cgroup/blkio/${file}`, texts[index] ?? ""])) };
}

function steps(hierarchies: readonly Hierarchy[], written: string, table: Table): readonly string[] {
  const scope = { ...sampleScope(`resources: { limits: { io: ${written} } }`, hierarchies), keeper };
  return diffResource(ioLimits, { scope, facts: factsOf(table), origins: new Map() }).flatMap(({ change }) => [
    `${change.action} ${change.address.slice("web.resources.limits.".length)}`,
    ...change.steps.map((step) =>
      step.type === "write" ? `${step.content} > ${String(step.path).replace("/cloister/t/web-aaaaaaaa", "")}` : "",
    ),
  ]);
}

test("v2: only what changes, in one line", () => {
  const written = "{ /dev/vda: { read_bps: 1M, write_iops: 120 } }";
  assert.equal(steps(v2, written, shows(v2)), ['create io["/dev/vda"]', "254:0 rbps=1048576 wiops=120 > /cg/io.max"]);
  const line = "254:0 rbps=1048576 wbps=max riops=max wiops=120\n";
  assert.equal(steps(v2, written, shows(v2, line)), []);
  assert.equal(steps(v2, "{ /dev/vda: { read_bps: 2M } }", shows(v2, line)), [
    'update io["/dev/vda"]',
    "254:0 rbps=2097152 wiops=max > /cg/io.max",
  ]);
  assert.equal(steps(v2, "{}", shows(v2, line)), ['destroy io["254:0"]', "254:0 rbps=max wiops=max > /cg/io.max"]);
});

test("v1 and hybrid: a file for each rate, 0 is none", () => {
  for (const hierarchies of [v1, hybrid]) {
    const written = "{ /dev/vda: { read_bps: 1M, write_iops: 120 } }";
    assert.equal(steps(hierarchies, written, shows(hierarchies)), [
      'create io["/dev/vda"]',
      `254:0 1048576 > /cg/blkio/${files[0]}`,
      `254:0 120 > /cg/blkio/${files[3]}`,
    ]);
    const standing = shows(hierarchies, "254:0 1048576\n", "", "", "254:0 120\n8:16 7\n");
    assert.equal(steps(hierarchies, written, standing), ['destroy io["8:16"]', `8:16 0 > /cg/blkio/${files[3]}`]);
    assert.equal(steps(hierarchies, "{ /dev/vda: { write_iops: 120 }, /dev/sdb: { write_iops: 7 } }", standing), [
      'update io["/dev/vda"]',
      `254:0 0 > /cg/blkio/${files[0]}`,
    ]);
  }
});

test("a limit of nothing is none; each difference shows the kernel's line", () => {
  assert.equal(steps(v2, "{ /dev/vda: {} }", shows(v2)), []);
  const scope = { ...sampleScope("resources: { limits: { io: { /dev/vda: { read_bps: 1M } } } }", v2), keeper };
  const facts = factsOf(shows(v2, "254:0 rbps=5 wbps=max riops=max wiops=max\n"));
  const [found] = diffResource(ioLimits, { scope, facts, origins: new Map() });
  assert.equal(found?.change.differences, [
    { field: "read_bps", want: "1048576", have: "5", evidence: "io.max: 254:0 rbps=5 wbps=max riops=max wiops=max" },
  ]);
});

test("what is no disk, or twice the same, is refused before anything is begun", () => {
  const scope = sampleScope(
    "resources: { limits: { io: { /dev/a: { read_bps: 1 }, /dev/b: { read_bps: 2 }, /tmp: { read_bps: 3 } } } }",
    [],
  );
  const host = { "source//r": null, "host/processors": "0\n", "host/nodes": "0\n" };
  const facts = factsOf({ ...host, "disk//dev/a": "254:0", "disk//dev/b": "254:0", "disk//tmp": null });
  assert.equal(
    problemsOf(scope, facts)
      .filter(({ code }) => code === "limits/not-there")
      .map(({ message }) => message),
    [
      'web.resources.limits.io["/dev/b"]: /dev/b is the same disk as /dev/a (254:0)',
      'web.resources.limits.io["/tmp"]: /tmp cannot be read: not there',
    ],
  );
});

test("without a controller, or without its throttling, it is told as not enforced", () => {
  const written = "resources: { limits: { pids: 1, io: { /dev/a: { read_bps: 1 } } } }";
  const pids: Hierarchy = { version: 1, controllers: ["pids"], mountPoint: "/cg/pids" };
  const host = { ...sampleRootFacts, "host/meminfo": "", "host/cpus": "1", "disk//dev/a": "254:0" };
  for (const [hierarchies, table] of [
    [[pids], {}],
    [[pids, ...v1], { [`hierarchy/blkio/${files[0]}`]: null }],
  ] as const) {
    assert.equal(
      warningsOf(sampleScope(written, hierarchies), factsOf({ ...host, ...table })).map(({ code, message }) => [code, message]),
      [["limits/not-enforced", "web.resources.limits.io is not enforced: no cgroup controller for it here"]],
    );
  }
});

test.run();
