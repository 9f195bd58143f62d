import { test } from "uvu";
import * as assert from "uvu/assert";
import { withHolders } from "../../../src/engine/busy.ts";
import type { Fact } from "../../../src/model/fact.ts";
import type { Use } from "../../../src/model/holder.ts";
import type { Plan } from "../../../src/model/plan.ts";
import type { Target } from "../../../src/plan/plan-request.ts";
import { captured } from "../../support/captured.ts";
import { change, planOf, state } from "../../support/sample-plan.ts";

const removal = change({
  address: 'web.mounts["/data"]',
  action: "destroy",
  target: "/data",
  steps: [{ type: "shim", title: "", of: "web.namespaces", pid: "1", operation: ["detach", "/data", "0"] }],
});

const use = (pid: number, fd = 3): Use => ({ pid, command: "sh", path: "/data/log", by: `fd ${fd}`, depth: 0 });

function target(): Target {
  const { scope, facts, origins } = captured();
  return { scope, facts, origins, fresh: scope, remnants: [], state: state({ name: "web" }) };
}

/** Looks at processes that use `/data` one way after the other; returns the pids that are named, and how often was looked. */
async function named(plan: Plan, seen: readonly (readonly Use[])[], lazy = false) {
  let looks = 0;
  const collect = (_: unknown, names: readonly string[]): ReadonlyMap<string, Fact> => {
    const uses = seen[Math.min(looks, seen.length - 1)] ?? [];
    looks += 1;
    return new Map(names.map((name) => [name, { text: JSON.stringify(uses) }]));
  };
  const made = await withHolders({ collect }, { plan, targets: [target()] }, lazy);
  return { pids: made.changes.flatMap(({ blocked }) => blocked?.holders.map(({ pid }) => pid) ?? []), looks };
}

test("where nothing is unmounted, no process is looked at; nor where it is done lazily", async () => {
  assert.equal(await named(planOf([]), [[use(7)]]), { pids: [], looks: 0 });
  assert.equal(await named(planOf([change({ address: "web.hostname" })]), [[use(7)]]), { pids: [], looks: 0 });
  assert.equal(await named(planOf([removal]), [[use(7)]], true), { pids: [], looks: 0 });
});

test("what nobody uses is looked at once; who uses it has to be there each time", async () => {
  assert.equal(await named(planOf([removal]), [[]]), { pids: [], looks: 1 });
  assert.equal(await named(planOf([removal]), [[use(7), use(8)], [use(7, 4)]]), { pids: [7], looks: 20 });
  assert.equal(await named(planOf([removal]), [[use(7)], [use(8)]]), { pids: [], looks: 2 }, "another one, for a moment");
});

test.run();
