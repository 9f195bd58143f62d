import { test } from "uvu";
import * as assert from "uvu/assert";
import { leftIn } from "../../../src/engine/leaving.ts";
import type { DriftRules } from "../../../src/model/drift-rules.ts";
import type { Environment } from "../../../src/model/environment.ts";
import type { Target } from "../../../src/plan/plan-request.ts";
import { visitResources } from "../../../src/resources/registry.ts";
import type { Altered } from "../../support/captured.ts";
import { captured, declared } from "../../support/captured.ts";

const hostname = (name: string) => ({ "keeper/hostname": name });

function target(altered: Altered): Target {
  const observed = captured(altered);
  const state = { name: "web", state: "running", id: null, pid: null, uptimeSeconds: null, root: null, memoryBytes: null } as const;
  return { ...observed, fresh: observed.scope, remnants: [], state: { ...state, drifted: [], pending: [], processes: {} } };
}

interface Case {
  readonly drift: Partial<DriftRules>;
  readonly edit?: Partial<Environment>;
  readonly ignore?: readonly string[];
  readonly unattended?: boolean;
  readonly known?: boolean;
}

/** `drift web.hostname list`: what is left where the host name inside was changed to `other`. */
function left({ drift, edit, ignore = [], unattended = false, known = true }: Case): readonly string[] {
  const rules = { policy: "repair", ignore: [], policies: {}, ...drift } as const;
  const before = { ...declared(), drift: rules };
  const environment = { ...before, ...edit };
  const facts = hostname("other");
  const wanted = target({ environment, facts });
  const one = edit === undefined ? wanted : { ...wanted, applied: target({ environment: before, facts }) };
  const found = leftIn({ targets: [one], resources: visitResources, destroy: new Set() }, known ? new Map([["web", before]]) : null, {
    ignore,
    unattended,
  });
  return found.map(({ change, by }) => `${change.origin} ${change.address} ${by}`);
}

test("what is to be ignored is left; what is to be told, only where nobody is there who asked", () => {
  assert.equal(left({ drift: {} }), []);
  assert.equal(left({ drift: {}, ignore: ["web.hostname"] }), ["drift web.hostname flag"]);
  assert.equal(left({ drift: { ignore: ["hostname"] } }), ["drift web.hostname list"]);
  assert.equal(left({ drift: { policy: "ignore" } }), ["drift web.hostname policy"]);
  assert.equal(left({ drift: { policy: "warn" } }), []);
  assert.equal(left({ drift: { policy: "warn" }, unattended: true }), ["drift web.hostname policy"]);
  assert.equal(left({ drift: { policy: "ignore", policies: { hostname: "repair" } } }), []);
});

test("an edit of what has drifted is applied; an edit beside it changes nothing about it", () => {
  assert.equal(left({ drift: { policy: "ignore" }, edit: { hostname: "third" } }), []);
  assert.equal(left({ drift: { policy: "ignore" }, edit: { labels: { a: "b" } } }), ["drift web.hostname policy"]);
  assert.equal(left({ drift: { policy: "ignore" }, edit: { sysctls: {} } }), ["drift web.hostname policy"]);
});

test("where it is not known what was applied it is done for whoever asks, and else left", () => {
  assert.equal(left({ drift: { policy: "ignore" }, known: false }), []);
  assert.equal(left({ drift: { policy: "ignore" }, known: false, unattended: true }), ["unknown web.hostname policy"]);
});

test.run();
