import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Change } from "../../../src/model/change.ts";
import { diffResource } from "../../../src/plan/diff.ts";
import type { Sight } from "../../../src/plan/grounds.ts";
import { groundNow, groundsOf } from "../../../src/plan/grounds.ts";
import type { Target } from "../../../src/plan/plan-request.ts";
import { sharedResources, visitResources } from "../../../src/resources/registry.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, capturedFact, declared } from "../../support/captured.ts";
import { state } from "../../support/sample-plan.ts";

function sightOf(altered: Altered = {}): Sight<never> | Sight<unknown> {
  const observed = captured(altered);
  const target: Target = { ...observed, fresh: observed.scope, remnants: [], state: state({ name: observed.scope.name }) };
  return { targets: [target], resources: visitResources, shared: [] };
}

const mounts = declared().mounts;
const wanting = (target: string, size: number): Altered => ({
  environment: {
    mounts: {
      ...mounts,
      [target]: { ...mounts["/tmp"], size, type: "tmpfs", read_only: false, options: [], create: true, optional: false, default: false },
    },
  },
});

function grounds(altered: Altered, address: string): readonly string[] {
  const sight = sightOf(altered);
  const [target] = sight.targets;
  if (target === undefined) throw new Error("no target");
  const changes: readonly Change[] = visitResources({ visit: (resource) => diffResource(resource, target) })
    .flat()
    .map(({ change }) => change);
  const own = changes.filter((change) => change.address === address);
  const found = groundsOf({ ...sight, shared: [] }, { name: "web", changes: own, after: [] });
  return [...found.values()].flat().map(({ address: at, fact, value }) => `${at} ${fact} ${value === null ? "nothing" : "something"}`);
}

test("a change in place rests on who the environment is and on what the kernel has of the instance, and on nothing else", () => {
  assert.equal(grounds(wanting("/tmp", 4096), 'web.mounts["/tmp"]'), ["web keeper something", 'web.mounts["/tmp"] have something']);
  assert.equal(grounds(wanting("/new", 4096), 'web.mounts["/new"]'), ["web keeper something", 'web.mounts["/new"] have nothing']);
});

test("the number of a mount, which others move, is no part of it; its size is", () => {
  const where = { environment: "web", address: 'web.mounts["/tmp"]', fact: "have" };
  const seen = (change: (text: string) => string) =>
    JSON.stringify(
      groundNow({ ...sightOf({ facts: { "keeper/mountinfo": change(capturedFact("keeper/mountinfo")) } }), shared: [] }, where).value,
    );
  const before = seen((text) => text);
  assert.is.not(before, "null");
  assert.is(
    seen((text) => text.replace(/^\d+ (\d+ \S+ \S+ \/tmp )/m, "9999 $1")),
    before,
  );
  assert.is.not(
    seen((text) => text.replace(/^(.* \/tmp )rw/m, "$1ro")),
    before,
  );
});

test("an environment that is not there has nothing that a change could rest on", () => {
  const nothing = groundNow({ ...sightOf(), shared: [] }, { environment: "db", address: "db", fact: "keeper" });
  assert.equal([nothing.value, nothing.seen], [null, null]);
  assert.ok(sharedResources.length > 0);
});

test.run();
