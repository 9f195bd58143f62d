import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Hierarchy } from "../../../src/model/resource.ts";
import { diffResource } from "../../../src/plan/diff.ts";
import { cpuset } from "../../../src/resources/cpuset.ts";
import { problemsOf, warningsOf } from "../../../src/resources/registry.ts";
import { factsOf } from "../../support/root-build.ts";
import { sampleRootFacts, sampleScope } from "../../support/sample-scope.ts";

const own: Hierarchy = { version: 1, controllers: ["cpuset"], mountPoint: "/cg/cpuset" };
/** The parts' groups are elsewhere, or there. */
const hybrid: readonly Hierarchy[] = [{ version: 2, controllers: ["hugetlb"], mountPoint: "/cg/unified" }, own];
const v1: readonly Hierarchy[] = [own];
const v2: readonly Hierarchy[] = [{ version: 2, controllers: ["cpuset"], mountPoint: "/cg" }];
const keeper = { pid: 1, start: "1", assembled: true, parent: 0, base: 0 };

/** A host of four processors; `below`: what the groups of the parts have that are there. */
type Has = readonly [own: string, below?: Readonly<Record<string, string>>];

function changes(hierarchies: readonly Hierarchy[], written: string, [has, below = {}]: Has) {
  const table: Record<string, string | null> = { "keeper/cgroup": null, "host/processors": "0-3\n", "host/nodes": "0\n" };
  for (const [file, whole] of [
    ["cpuset.cpus", "0-3"],
    ["cpuset.mems", "0"],
  ] as const) {
    table[`cgroup/cpuset/${file}`] = `${file === "cpuset.cpus" ? has : hierarchies === v2 ? "" : "0"}\n`;
    table[`parent/cpuset/${file}`] = `${whole}\n`;
    for (const part of ["keeper", "p-main", "exec"]) {
      const there = below[part];
      table[`cgroup/cpuset/${part}/${file}`] = there === undefined ? null : file === "cpuset.cpus" ? `${there}\n` : "0\n";
    }
  }
  const scope = { ...sampleScope(`resources: { ${written} }\n    command: ["true"]`, hierarchies), keeper };
  return diffResource(cpuset, { scope, facts: factsOf(table), origins: new Map() }).flatMap(({ change }) => [
    `${change.action} ${change.address}`,
    ...change.steps.map((step) =>
      step.type === "write" ? `${JSON.stringify(step.content)} > ${String(step.path).replace(/^.*web-aaaaaaaa\//, "")}` : "",
    ),
  ]);
}

test("v1 has the list of the group above where none is wanted, v2 an empty one", () => {
  assert.equal(changes(hybrid, "", ["0-3"]), []);
  assert.equal(changes(v2, "", [""]), []);
  assert.equal(changes(hybrid, "", ["0,2"]), ["destroy web.resources.cpuset", '"0-3" > cpuset.cpus']);
  // An empty write would be none at all.
  assert.equal(changes(v2, "", ["0,2"]), ["destroy web.resources.cpuset", '"\\n" > cpuset.cpus']);
});

test("the same processors are the same, however either side writes them", () => {
  assert.equal(changes(hybrid, 'cpuset: "1,0"', ["0-1"]), []);
  assert.equal(changes(v2, "cpuset: 0-1", ["0,1"]), []);
  assert.equal(changes(hybrid, "cpuset: 0-3", ["0-3"]), []);
  assert.equal(changes(hybrid, "cpuset: 2", ["0-3"]), ["update web.resources.cpuset", '"2" > cpuset.cpus']);
  assert.equal(changes(v2, "cpuset: 2, cpuset_mems: 0", [""]), [
    ...["create web.resources.cpuset", '"2" > cpuset.cpus'],
    ...["create web.resources.cpuset_mems", '"0" > cpuset.mems'],
  ]);
});

test("v1 alone: the groups below are set too, in an order in which none is ever wider than the one above", () => {
  assert.equal(changes(v1, "cpuset: 0-1", ["0-3", { keeper: "0-3", "p-main": "0-3" }]), [
    ...["update web.resources.cpuset", '"0-1" > keeper/cpuset.cpus', '"0-1" > p-main/cpuset.cpus', '"0-1" > cpuset.cpus'],
  ]);
  assert.equal(changes(v1, "cpuset: 2-3", ["0-1", { keeper: "0-1" }]), [
    ...["update web.resources.cpuset", '"0-3" > cpuset.cpus', '"2-3" > keeper/cpuset.cpus', '"2-3" > cpuset.cpus'],
  ]);
  assert.equal(changes(v1, "", ["0-1", { keeper: "0-1" }]), [
    ...["destroy web.resources.cpuset", '"0-3" > cpuset.cpus', '"0-3" > keeper/cpuset.cpus'],
  ]);
  // One that was changed by hand below.
  assert.equal(changes(v1, "cpuset: 0-1", ["0-1", { keeper: "0", exec: "0-1" }]), [
    ...["update web.resources.cpuset", '"0-1" > keeper/cpuset.cpus', '"0-1" > exec/cpuset.cpus', '"0-1" > cpuset.cpus'].slice(0, 3),
  ]);
});

test("a processor or a memory node that is not there is refused by its number", () => {
  const scope = sampleScope('resources: { cpuset: "1,3-6", cpuset_mems: 1 }', v2);
  const facts = factsOf({ "source//r": null, "host/processors": "0-3\n", "host/nodes": "0\n" });
  assert.equal(
    problemsOf(scope, facts)
      .filter(({ code }) => code === "limits/not-there")
      .map(({ message, hint }) => [message, hint]),
    [
      ["web.resources.cpuset: this machine has no processor 4-6", "it has 0-3"],
      ["web.resources.cpuset_mems: this machine has no memory node 1", "it has 0"],
    ],
  );
});

test("without the controller it is told as not enforced", () => {
  const scope = sampleScope("resources: { cpuset: 0, limits: { pids: 1 } }", [
    { version: 1, controllers: ["pids"], mountPoint: "/cg/pids" },
  ]);
  assert.equal(
    warningsOf(scope, factsOf(sampleRootFacts)).map(({ message }) => message),
    ["web.resources.cpuset is not enforced: no cgroup controller for it here"],
  );
});

test.run();
