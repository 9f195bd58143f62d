import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Change } from "../../../src/model/change.ts";
import type { Use } from "../../../src/model/holder.ts";
import type { Step } from "../../../src/model/step.ts";
import { busyDiagnostics, isBlocked, unmountedBy, withBlocked, withLazyUnmounts } from "../../../src/plan/busy.ts";
import { holdBack } from "../../../src/plan/hold-back.ts";
import { change, planOf } from "../../support/sample-plan.ts";

const shell: Use = { pid: 7, command: "sh -c loop", path: "/data/log", by: "fd 3", depth: 0 };

function shim(...operation: [string, ...string[]]): Step {
  return { type: "shim", title: "", of: "web.namespaces", pid: "1", operation };
}

function mount(target: string, action: Change["action"], steps: readonly Step[] = [shim("detach", target, "0")]): Change {
  return change({ address: `web.mounts["${target}"]`, action, target: target, steps });
}

/** The addresses that are left out, each with whose sake it is for. */
function blocked(changes: readonly Change[], uses: Readonly<Record<string, readonly Use[]>>): readonly string[] {
  const plan = withBlocked(planOf(changes), (environment, target) => uses[`${environment} ${target}`] ?? []);
  assert.equal(
    plan.changes,
    plan.groups.flatMap((group) => group.changes),
  );
  return plan.changes.flatMap(({ address, blocked: why }) => (why === undefined ? [] : [`${address} for ${why.of}`]));
}

test("what would unmount what is in use is left out, and nothing else", () => {
  const changes = [mount("/data", "destroy"), mount("/other", "destroy"), change({ address: "web.hostname", action: "update" })];
  assert.equal(blocked(changes, {}), []);
  assert.equal(blocked(changes, { "web /data": [shell] }), ['web.mounts["/data"] for web.mounts["/data"]']);
  assert.equal(blocked(changes, { "db /data": [shell] }), [], "of another environment");
});

test("what lies there, and what comes there, is left out too; what goes from there goes", () => {
  const changes = [
    mount("/data", "update"),
    mount("/data/below", "update", [shim("bind", "/x", "/data/below", "none", "", "1")]),
    mount("/data/gone", "destroy"),
    mount("/database", "create", []),
    change({ address: 'web.security.masked_paths["/data"]', action: "create", target: "/data", steps: [] }),
  ];
  assert.equal(blocked(changes, { "web /data": [shell] }), [
    'web.mounts["/data"] for web.mounts["/data"]',
    'web.mounts["/data/below"] for web.mounts["/data"]',
    'web.security.masked_paths["/data"] for web.mounts["/data"]',
  ]);
});

test("a mount on which another one lies that is in use is left out", () => {
  const changes = [mount("/data", "update", [shim("detach", "/data/below", "0"), shim("detach", "/data", "0")])];
  assert.equal(blocked(changes, { "web /data/below": [shell] }), ['web.mounts["/data"] for web.mounts["/data"]']);
});

test("of several mounts at one target only those count that go", () => {
  const once = [mount("/data", "update")];
  const twice = [mount("/data", "destroy", [shim("detach", "/data", "0"), shim("detach", "/data", "0")])];
  assert.equal(blocked(once, { "web /data": [{ ...shell, depth: 1 }] }), []);
  assert.equal(blocked(twice, { "web /data": [{ ...shell, depth: 1 }] }).length, 1);
});

test("lazily, nothing waits; a mask never does", () => {
  const mask = change({ address: 'web.security.masked_paths["/proc/x"]', action: "destroy", steps: [shim("detach", "/proc/x", "1")] });
  assert.equal(unmountedBy(mask), []);
  const plan = withLazyUnmounts(planOf([mount("/data", "destroy")]));
  assert.equal(plan.changes.flatMap(unmountedBy), []);
  assert.equal(plan.groups[0]?.changes[0]?.steps, [shim("detach", "/data", "1")]);
});

test("where nothing is held back the plan is the same, also one of roots that no environment of it needs", () => {
  const root = { ...change({ address: 'rootfs["root.tar@62e3"]', action: "create" }), environment: null };
  const plan = { ...planOf([]), groups: [{ name: root.address, changes: [root], after: [] }], changes: [root] };
  assert.equal(holdBack(plan, isBlocked), { plan, held: [] });
});

test("what is told: once for each that is in use, with what was left out for its sake", () => {
  const more = Array.from({ length: 6 }, (_, index) => ({ ...shell, pid: 20 + index }));
  const uses = (_: string, target: string) =>
    target === "/data" ? [shell, { ...shell, path: "/data", by: "working directory" }, ...more] : [];
  const plan = withBlocked(planOf([mount("/data", "update"), mount("/data/below", "create", [])]), uses);
  const { held, plan: kept } = holdBack(plan, isBlocked);
  assert.equal(kept.groups, []);
  const [one, ...others] = busyDiagnostics(held);
  assert.equal(others, []);
  assert.equal([one?.code, one?.severity], ["engine/busy", "error"]);
  assert.is(
    one?.message,
    'web.mounts["/data"] was left out, because it is in use (and what depends on it: web.mounts["/data/below"]): ' +
      "pid 7 (sh -c loop) uses /data/log (fd 3) and 1 more, " +
      "pid 20 (sh -c loop) uses /data/log (fd 3), pid 21 (sh -c loop) uses /data/log (fd 3), pid 22 (sh -c loop) uses /data/log (fd 3), 3 more processes",
  );
  assert.match(one?.hint ?? "", /--lazy/);
});

test.run();
