import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Standing } from "../../../src/engine/standing.ts";
import { conditionsOf, projectConditions } from "../../../src/engine/standing.ts";
import type { EnvironmentState } from "../../../src/model/plan.ts";
import { state } from "../../support/sample-plan.ts";

const since = "2026-01-02T03:04:05.000Z";
const standing: Standing = { booted: Date.parse(since) - 60_000, generation: 7, pause: null, told: null, ended: null, applied: true };

/** `Running true Running SINCE` of those conditions that are asked for. */
function told(given: Partial<EnvironmentState>, names: readonly string[], known: Partial<Standing> = {}): readonly string[] {
  const conditions = conditionsOf(state({ name: "web", startSeconds: 60, ...given }), { ...standing, ...known });
  const asked = conditions.filter(({ condition }) => names.includes(condition));
  return asked.map(({ condition, status, reason, since: from }) => `${condition} ${status} ${reason} ${from}`);
}

test("what runs as it is wanted runs since its first process does; since when the rest is so nobody saw", () => {
  assert.equal(told({}, ["Running", "Synced", "Drifted", "Healthy", "Paused", "Degraded", "Flapping"]), [
    `Running true Running ${since}`,
    "Synced true AsWanted null",
    "Drifted false AsApplied null",
    "Healthy true AsWanted null",
    "Paused false NotAsked null",
    "Degraded null NoWatch null",
    "Flapping null NoWatch null",
  ]);
});

test("what was ended by cloister does not run since then; what was killed does not since nobody knows when, and has drifted", () => {
  const absent = { state: "absent", pid: null, uptimeSeconds: null } as const;
  assert.equal(told(absent, ["Running", "Healthy", "Drifted"], { ended: since, applied: false }), [
    `Running false NotRunning ${since}`,
    "Drifted false AsApplied null",
    `Healthy false NotRunning ${since}`,
  ]);
  assert.equal(told(absent, ["Running", "Drifted"]), ["Running false NotRunning null", "Drifted true NotRunning null"]);
});

test("drift, edits, ignored drift and a dead process are told apart", () => {
  const names = ["Synced", "Drifted", "Healthy"];
  assert.equal(told({ drifted: ["web.hostname"], pending: ["web.user"] }, names), [
    "Synced false Drifted null",
    "Drifted true Drifted null",
    "Healthy false NotSynced null",
  ]);
  assert.equal(told({ pending: ["web.user"] }, names), [
    "Synced false Edited null",
    "Drifted false AsApplied null",
    "Healthy false NotSynced null",
  ]);
  assert.equal(told({ ignored: ["web.hostname"] }, names), [
    "Synced true AsWanted null",
    "Drifted false Ignored null",
    "Healthy true AsWanted null",
  ]);
  assert.equal(told({ ignored: ["web.processes.main"], processes: { main: { type: "exited", code: 137 } } }, ["Healthy"]), [
    "Healthy false ProcessEnded null",
  ]);
  assert.equal(told({ state: "unfinished" }, ["Running", "Synced"]), ["Running false Unfinished null", "Synced false NotRunning null"]);
  assert.equal(told({ state: "orphan" }, ["Running"]), [`Running true NotInManifest ${since}`]);
});

test("of a watch that runs is taken since when, where it says the same, and what only it knows", () => {
  const of = { reason: "Drifted", message: "m", since, generation: 6 };
  const hints = [
    { ...of, condition: "Synced", environment: "web", status: false },
    { ...of, condition: "Flapping", environment: "web.hostname", status: true, reason: "KeepsBreaking" },
    { ...of, condition: "Flapping", environment: "web2.hostname", status: true },
    { ...of, condition: "Degraded", environment: "web", status: false },
    { ...of, condition: "ManifestInvalid", environment: null, status: true, reason: "Invalid" },
  ] as const;
  assert.equal(told({ drifted: ["web.hostname"] }, ["Synced", "Flapping", "Degraded"], { told: hints }), [
    `Synced false Drifted ${since}`,
    `Degraded false AsWanted ${since}`,
    `Flapping true KeepsBreaking ${since}`,
  ]);
  assert.equal(told({}, ["Synced"], { told: hints }), ["Synced true AsWanted null"], "it has not said that yet");
  assert.equal(
    projectConditions("blog", { told: hints, generation: 7 }).map(({ condition, status, generation }) => [condition, status, generation]),
    [
      ["ManifestInvalid", true, 6],
      ["Degraded", false, 7],
    ],
  );
});

test("a pause tells why, and when it ends", () => {
  const pause = { environment: "web", reason: "backup", since, until: "2026-01-02T05:00:00.000Z" };
  assert.equal(told({}, ["Paused"], { pause }), [`Paused true Asked ${since}`]);
});

test.run();
