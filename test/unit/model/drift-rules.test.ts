import { test } from "uvu";
import * as assert from "uvu/assert";
import { fieldAddress, keysOf } from "../../../src/model/address.ts";
import type { DriftRules } from "../../../src/model/drift-rules.ts";
import { leavesDrift, rulingOf } from "../../../src/model/drift-rules.ts";
import { visitResources } from "../../../src/resources/registry.ts";
import { environmentOf, toldOf } from "../../support/manifest.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const none: DriftRules = { policy: "repair", ignore: [], policies: {} };

function ruled(drift: Partial<DriftRules>, address: string, flags: readonly string[] = []): string {
  const { policy, by } = rulingOf({ name: "web", drift: { ...none, ...drift } }, address, flags);
  return `${policy} ${by}`;
}

test("an address is taken apart into its keys, in either spelling, or is none", () => {
  assert.equal(keysOf('web.mounts["/a.b[\\"c\\"]"].size'), ["web", "mounts", '/a.b["c"]', "size"]);
  assert.equal(keysOf('["web"].hostname'), ["web", "hostname"]);
  for (const text of ["", ".web", "web.", "web..x", "web x", 'web["/tmp"', "web[tmp]", 'web.["x"]', 'web["x"]y', "web[1]"])
    assert.is(keysOf(text), null, text);
  assert.equal(
    ["", "size", '["/x"]'].map((field) => fieldAddress("web.mounts", field)),
    ["web.mounts", "web.mounts.size", 'web.mounts["/x"]'],
  );
});

test("without rules everything is repaired; a flag stands over every rule", () => {
  assert.is(ruled({}, "web.hostname"), "repair policy");
  assert.is(ruled({ policies: { hostname: "warn" } }, "web.hostname", ["web.hostname"]), "ignore flag");
  assert.is(ruled({}, "web.hostname", ["web.host"]), "repair policy");
});

test("the longest address that fits decides, with or without the environment's name; of two that are the same the list", () => {
  const rules: Partial<DriftRules> = {
    policy: "warn",
    ignore: ["mounts", "web.hostname"],
    policies: { 'mounts["/tmp"]': "repair", hostname: "repair", web: "ignore" },
  };
  assert.is(ruled(rules, 'web.mounts["/srv"].size'), "ignore list");
  assert.is(ruled(rules, 'web.mounts["/tmp"].size'), "repair policy");
  assert.is(ruled(rules, "web.hostname"), "ignore list");
  assert.is(ruled(rules, "web.network.lo"), "ignore policy");
});

test("rules that leave nothing are told apart from those that do", () => {
  assert.equal([none, { ...none, policies: { hostname: "repair" as const } }].map(leavesDrift), [false, false]);
  assert.equal(
    [
      { ...none, policy: "warn" as const },
      { ...none, ignore: ["hostname"] },
      { ...none, policies: { hostname: "ignore" as const } },
    ].map(leavesDrift),
    [true, true, true],
  );
});

test("every kind of thing that an environment has can be named in the rules", () => {
  // The path of a name is the name itself.
  const paths = visitResources({ visit: (resource) => resource.path("hostname", sampleScope()) });
  const named = [...new Set(paths.map((path) => keysOf(path)?.[0]))];
  assert.ok(named.length > 8, named.join());
  assert.equal(
    toldOf(
      `drift: { ignore: ${JSON.stringify([...named, "web", 'web.mounts["/tmp"].size', "processes.main", "resources.limits.memory"])} }`,
    ),
    [],
  );
});

test("what is written of drift stays as it is written", () => {
  assert.equal(environmentOf("drift: { policy: warn, ignore: [web.hostname, hostname, hostname], policies: { mounts: ignore } }").drift, {
    policy: "warn",
    ignore: ["hostname", "web.hostname"],
    policies: { mounts: "ignore" },
  });
  assert.equal(environmentOf("").drift, none);
});

test.run();
