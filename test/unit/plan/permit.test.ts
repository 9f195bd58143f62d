import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Change } from "../../../src/model/change.ts";
import type { Environment, Lifecycle } from "../../../src/model/environment.ts";
import type { Step } from "../../../src/model/step.ts";
import { endingOf, restarts, unfinishedStart } from "../../../src/plan/ending.ts";
import { holdBack } from "../../../src/plan/hold-back.ts";
import { permit } from "../../../src/plan/permit.ts";
import type { Guard } from "../../../src/plan/protect.ts";
import { change, planOf } from "../../support/sample-plan.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const signal: Step = { type: "signal", title: "stop", pid: 7, start: "1", signal: "SIGTERM", graceMs: 0 };
const at = (line: number) => ({ file: "t.yaml", line, column: 1 });

const recreated = change({
  ...{ address: "web", action: "recreate", liveUpdate: "recreate", pids: [7], because: at(9) },
  differences: [{ field: "namespaces.time_offsets.boottime", want: "100 s", have: "0 s" }],
});
const cut = { ...recreated, reason: unfinishedStart };
const destroyed = change({ address: "web", action: "destroy", pids: [7] });
const restarted = change({ address: "web.processes.main", action: "restart-process", pids: [7], reason: "web.command changed" });
const revived = { ...restarted, pids: [] };
const stopped = change({ address: "web.processes.main", action: "destroy", steps: [signal] });
const unmounted = change({ address: 'web.mounts["/a"]', action: "destroy" });
const renamed = change({ address: "web.hostname", action: "update" });

test("what ends is an environment, a process, or nothing that lives", () => {
  const endings = (changes: readonly Change[]) => changes.map(endingOf);
  assert.equal(endings([recreated, destroyed]), ["environment", "environment"]);
  assert.equal(endings([restarted, stopped]), ["process", "process"]);
  assert.equal(endings([cut, revived, unmounted, renamed, change({ address: "web.hostname" })]), [null, null, null, null, null]);
});

test("what was asked to be ended for good is no restart", () => {
  assert.equal([recreated, restarted, stopped, destroyed, cut, revived, renamed].map(restarts), [
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

function protectedBy(lifecycle: Partial<Lifecycle>): Environment {
  return { ...sampleScope().environment, lifecycle: { prevent_destroy: false, prevent_restart: false, ...lifecycle } };
}

interface Said {
  readonly wanted?: Partial<Lifecycle>;
  readonly last?: Partial<Lifecycle>;
  readonly forced?: readonly string[];
}

function refused(changes: readonly Change[], { wanted, last, forced = [] }: Said): readonly string[] {
  const guard: Guard = {
    wanted: new Map(wanted === undefined ? [] : [["web", protectedBy(wanted)]]),
    last: last === undefined ? null : new Map([["web", protectedBy(last)]]),
    forced: new Set(forced),
    origins: new Map([["web.lifecycle.prevent_destroy", at(4)]]),
  };
  const { refused: problems = [] } = permit(planOf(changes), { hold: () => false, guard });
  return problems.map(({ code, message, at: place }) => `${code} ${place?.line ?? "-"} ${message}`);
}

test("to make anew is to destroy and to restart; each field that forbids it is named, with its place and with what forces it", () => {
  assert.equal(refused([recreated], { wanted: { prevent_destroy: true, prevent_restart: true } }), [
    "plan/protected 4 web.lifecycle.prevent_destroy: this would make it anew: web.namespaces.time_offsets.boottime 0 s -> 100 s",
    "plan/protected - web.lifecycle.prevent_restart: this would make it anew: web.namespaces.time_offsets.boottime 0 s -> 100 s",
  ]);
  assert.equal(refused([restarted], { wanted: { prevent_restart: true } }), [
    "plan/protected - web.lifecycle.prevent_restart: this would restart its process (web.processes.main): web.command changed",
  ]);
  assert.equal(refused([stopped], { wanted: { prevent_restart: true } }), [
    "plan/protected - web.lifecycle.prevent_restart: this would end its process (web.processes.main): it was asked for",
  ]);
});

test("each field forbids its own only, and nothing that ends nothing", () => {
  assert.equal(refused([destroyed], { wanted: { prevent_restart: true } }), []);
  assert.equal(refused([restarted, stopped], { wanted: { prevent_destroy: true } }), []);
  const both = { prevent_destroy: true, prevent_restart: true };
  assert.equal(refused([cut, revived, unmounted, renamed], { wanted: both, last: both }), []);
});

test("what was last applied protects too: what is not in the manifest, and what an edit has just given up", () => {
  const gone = { ...destroyed, reason: "not in the manifest" };
  const message = "web.lifecycle.prevent_destroy, as it was last applied: this would destroy it: not in the manifest";
  assert.equal(refused([gone], { last: { prevent_destroy: true } }), [`plan/protected - ${message}`]);
  assert.equal(refused([gone], { wanted: {}, last: { prevent_destroy: true } }).length, 1);
  assert.equal(refused([gone], {}), []);
});

test("by its name it is let through, and only that one", () => {
  assert.equal(refused([recreated], { wanted: { prevent_destroy: true }, forced: ["web"] }), []);
  assert.equal(refused([recreated], { wanted: { prevent_destroy: true }, forced: ["db"] }).length, 1);
});

test("what is held back is not refused, and is listed", () => {
  const guard: Guard = {
    wanted: new Map([["web", protectedBy({ prevent_restart: true })]]),
    last: null,
    forced: new Set(),
    origins: new Map(),
  };
  const plan = permit(planOf([renamed, restarted]), { hold: restarts, guard });
  assert.equal([plan.changes, plan.held, plan.refused], [[renamed], [restarted], []]);
});

test("what follows changes that are left out is left out with them, and is not missed", () => {
  const [file, secret] = [change({ address: "web.files", action: "update" }), change({ address: "web.secrets.db", action: "update" })];
  const told = change({ address: "web.processes.main.on_change", action: "update", follows: ["web.files", "web.secrets.db"] });
  const plan = planOf([file, secret, told]);
  const without = (...addresses: readonly string[]) => {
    const { plan: kept, held } = holdBack(plan, ({ address }) => addresses.includes(address));
    return [kept.changes, held].map((changes) => changes.map(({ address }) => address));
  };
  assert.equal(without("web.files"), [["web.secrets.db", told.address], ["web.files"]]);
  assert.equal(without("web.files", "web.secrets.db"), [[], ["web.files", "web.secrets.db"]]);
  assert.equal(without(told.address), [["web.files", "web.secrets.db"], [told.address]]);
});

test.run();
