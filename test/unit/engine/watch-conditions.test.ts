import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginWatch as begin, change, FakeProject } from "../../support/fake-watch.ts";

test("what is only to be told is told once, as not synced, and not touched", async () => {
  const { clock, project, watch, told, events } = await begin();
  project.left = [
    { change: change("hostname"), policy: "warn", by: "policy" },
    { change: change("domainname"), policy: "ignore", by: "list" },
  ];
  for (let time = 0; time < 2; time++) {
    watch.notice("kernel");
    await clock.advance(100);
  }
  assert.equal([project.applies, told], [[], ["web: Synced false Warned"]]);
  const event = events.find(({ type }) => type === "condition");
  assert.equal(event?.type === "condition" ? event.changes.map(({ address }) => address) : [], ["web.hostname"]);
  project.left = [];
  watch.notice("kernel");
  await clock.advance(4);
  assert.is(told.at(-1), "web: Synced true AsWanted");
});

test("a condition tells since when its status is so, whatever its reason, and the generation", async () => {
  const { clock, project, watch, events } = await begin({ repair: false });
  const seen = () => events.flatMap((event) => (event.type === "condition" ? [`${event.reason} ${event.since} ${event.generation}`] : []));
  await clock.advance(1_000);
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(1_000);
  project.wrong = [];
  project.left = [{ change: change("hostname"), policy: "warn", by: "policy" }];
  watch.notice("kernel");
  await clock.advance(1_000);
  project.left = [];
  watch.notice("kernel");
  await clock.advance(4);
  assert.equal(seen(), [
    "RepairOff 2026-01-02T00:00:01.004Z 7",
    "Warned 2026-01-02T00:00:01.004Z 7",
    "AsWanted 2026-01-02T00:00:03.004Z 7",
  ]);
});

test("a pause is told with since when it was asked for; its end wakes the watch by itself", async () => {
  const { clock, project, watch, told, events } = await begin();
  const since = "2026-01-01T23:00:00.000Z";
  project.paused = [{ environment: "web", reason: null, since, until: "2026-01-02T00:00:10.000Z" }];
  watch.notice("files");
  await clock.advance(25);
  assert.equal(told, ["web: Paused true Asked"]);
  const [event] = events.filter(({ type }) => type === "condition");
  assert.is(event?.type === "condition" ? event.since : "", since);
  project.paused = [];
  await clock.advance(9_900);
  assert.is(told.length, 1);
  await clock.advance(100);
  assert.equal(told, ["web: Paused true Asked", "web: Paused false Recovered"]);
});

test("of a paused environment nothing else is told", async () => {
  const { clock, project, watch, told } = await begin({ repair: false });
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(4);
  project.wrong = [];
  project.paused = [{ environment: "web", reason: null, since: "2026-01-01T23:00:00.000Z", until: null }];
  watch.notice("kernel");
  await clock.advance(4);
  assert.equal(told, ["web: Synced false RepairOff", "web: Paused true Asked"]);
});

test("what an edit says is noted though nothing had to be changed for it; not where nothing is repaired", async () => {
  const { clock, project, watch } = await begin();
  const { notes } = project;
  project.file = { type: "changed" };
  watch.notice("files");
  await clock.advance(25);
  assert.is(project.notes, notes + 1);
  watch.notice("kernel");
  await clock.advance(4);
  assert.is(project.notes, notes + 1);
  const looking = await begin({ repair: false });
  assert.is(looking.project.notes, 0);
});

test("drift that is found at the start is no edit", async () => {
  const project = new FakeProject();
  project.wrong = [{ ...change("hostname"), origin: "drift" }];
  const { told } = await begin({}, project);
  assert.is(told[0], "web: Synced false Drifted");
});

test("what breaks again while it is mended is tried later each time, after an edit too, and its failure is not over", async () => {
  for (const edited of [false, true]) {
    const { clock, project, watch, told } = await begin();
    project.fails = [{ code: "engine/not-converged", severity: "error", message: "still to be done" }];
    project.undone = true;
    if (edited) project.file = { type: "changed" };
    const crash = async () => {
      project.wrong = [change("processes.main", { action: "restart-process" })];
      watch.notice(edited ? "files" : "kernel");
      await clock.advance(25);
    };
    await crash();
    assert.is(project.applies.length, 1);
    for (let second = 0; second < 60; second++) {
      await crash();
      await clock.advance(975);
    }
    const { length } = project.applies;
    assert.ok(length >= 4 && length <= 7, `${length} tries in a minute`);
    assert.not(told.includes("web: Degraded false Recovered"), told.join("\n"));
  }
});

test("what breaks and comes right by itself again and again is told to flap, and is not told to be synced in between", async () => {
  const { clock, project, watch, told } = await begin();
  project.mended = true;
  const blink = async () => {
    project.wrong = [change('mounts["/srv"]')];
    watch.notice("kernel");
    await clock.advance(10);
    project.wrong = [];
    watch.notice("kernel");
    await clock.advance(10);
  };
  for (let time = 0; time < 4; time++) await blink();
  assert.is(project.applies.length, 3);
  assert.ok(told.includes('web.mounts["/srv"]: Flapping true KeepsBreaking'), told.join("\n"));
  assert.is(told.at(-1), "web: Synced false KeepsBreaking");
  const { length } = told;
  for (let time = 0; time < 20; time++) await blink();
  assert.is(told.length, length, "told once");
  await clock.advance(10_000);
  assert.is(told.at(-1), "web: Synced true AsWanted");
});

test.run();
