import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimed } from "../../../src/engine/claimed.ts";
import type { Planned } from "../../../src/engine/planned.ts";
import type { Change } from "../../../src/model/change.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import { factsOf } from "../../support/root-build.ts";
import { sampleScope } from "../../support/sample-scope.ts";

/** A run that is to start `web`, on a machine where other runs have claimed ranges; `upper`: whose files its overlay has. */
function startOf({ taken, upper }: { readonly taken: readonly number[]; readonly upper: number | null }) {
  const claims: number[] = [];
  const host = {
    claimRange(base: number) {
      claims.push(base);
      return !taken.includes(base);
    },
    upperOwner: () => upper,
  };
  const make = () => Promise.resolve(plannedWith(0x70000000 + (upper === null ? claims.length : 0) * 65536));
  return { claims, engine: { host }, make };
}

function plannedWith(base: number): Planned {
  const scope = { ...sampleScope(), base };
  const start: Change = {
    ...{ address: "web.namespaces", environment: "web", resource: "namespaces", action: "create", description: "", differences: [] },
    ...{ liveUpdate: "in-place", pids: [] },
    steps: [
      {
        type: "hold",
        title: "namespaces",
        of: "web.namespaces",
        command: [],
        environment: {},
        log: "/l",
        failed: { groups: [], file: "/f" },
      },
    ],
  };
  const nothing = { id: null, pid: null, uptimeSeconds: null, root: null, memoryBytes: null, processes: {} } as const;
  const state = { name: "web", state: "absent", ...nothing, drifted: [], pending: [] } as const;
  const groups = [{ name: "web", changes: [start], after: [] }];
  return {
    plan: { project: "t", groups, changes: [start], warnings: [], environments: [state] },
    targets: [{ scope, fresh: scope, remnants: [], facts: factsOf({}), origins: new Map(), state }],
  };
}

test("a range that another run has is not taken: the plan is made again until none is", async () => {
  const { engine, make, claims } = startOf({ taken: [0x70000000, 0x70010000], upper: null });
  const planned = await claimed(engine, make);
  assert.equal(claims, [0x70000000, 0x70010000, 0x70020000]);
  assert.is(planned.targets[0]?.scope.base, 0x70020000);
});

test("files that belong to a range which another run has are told, not given to others", async () => {
  const { engine, make } = startOf({ taken: [0x70000000], upper: 0x70000000 });
  try {
    await claimed(engine, make, 0);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, CloisterError);
    assert.is(error instanceof CloisterError && error.diagnostics[0]?.code, "engine/range-taken");
  }
});

test.run();
