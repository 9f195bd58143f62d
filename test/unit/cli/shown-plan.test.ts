import { test } from "uvu";
import * as assert from "uvu/assert";
import { refuseUnseen, withoutGrace } from "../../../src/cli/shown-plan.ts";
import type { Action, Change } from "../../../src/model/change.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import type { Plan } from "../../../src/model/plan.ts";

function planOf(...changes: readonly (readonly [Action, string])[]): Plan {
  const made: readonly Change[] = changes.map(([action, address]) => ({
    ...{ address, action, environment: "web", resource: "mounts", description: "", differences: [], liveUpdate: "in-place", pids: [] },
    steps: [{ type: "signal", title: "stop", pid: 1, start: "1", signal: "SIGTERM", graceMs: 10_000 }],
  }));
  const group = { name: "web", changes: made, after: [] };
  return { project: "blog", groups: [group], changes: made, warnings: [], environments: [] };
}

test("what was shown may be done, and whatever ends nothing", () => {
  refuseUnseen(planOf(["recreate", "web"]), planOf(["recreate", "web"], ["create", 'web.mounts["/a"]'], ["update", "web.hostname"]));
});

test("what would end something and was not shown is refused by name", () => {
  for (const action of ["recreate", "destroy", "restart-process"] as const) {
    try {
      refuseUnseen(planOf(["update", "web.hostname"]), planOf([action, "web"]));
      assert.unreachable();
    } catch (error) {
      assert.instance(error, CloisterError);
      const [diagnostic] = error instanceof CloisterError ? error.diagnostics : [];
      assert.is(diagnostic?.code, "engine/plan-changed");
      assert.match(diagnostic?.message ?? "", new RegExp(`web changed: it would now be ${action}`));
    }
  }
});

test("without grace every process is killed at once", () => {
  const [step] = withoutGrace(planOf(["destroy", "web"])).groups[0]?.changes[0]?.steps ?? [];
  assert.equal(step?.type === "signal" && [step.signal, step.graceMs], ["SIGKILL", 0]);
});

test.run();
