import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginWatch as begin, change, FakeProject } from "../../support/fake-watch.ts";

test("a drift is repaired some milliseconds after it is heard of, and then told to be over", async () => {
  const { clock, project, watch, told } = await begin();
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(3);
  assert.equal(project.applies, []);
  await clock.advance(1);
  assert.equal(project.applies, [["web.hostname"]]);
  assert.equal(told, ["web: Synced false Drifted", "web: Synced true AsWanted"]);
});

test("a hundred saves are one reading, some 25 ms after the last one", async () => {
  const { clock, project, watch, told } = await begin();
  const { reloads } = project;
  project.file = { type: "changed" };
  project.wrong = [change("hostname")];
  for (let save = 0; save < 100; save++) {
    watch.notice("files");
    await clock.advance(2);
  }
  assert.is(project.reloads, reloads);
  await clock.advance(25);
  assert.is(project.reloads, reloads + 1);
  assert.equal(project.applies, [["web.hostname"]]);
  assert.is(told[0], "web: Synced false Edited");
});

test("a file that is saved without end is read all the same, twice a second", async () => {
  const { clock, project, watch } = await begin();
  const { reloads } = project;
  for (let save = 0; save < 100; save++) {
    watch.notice("files");
    await clock.advance(20);
  }
  assert.is(project.reloads - reloads, 4);
});

test("a file that is being written is not read because something else happened", async () => {
  const { clock, project, watch } = await begin();
  const { reloads, looks } = project;
  watch.notice("files");
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal([project.reloads - reloads, project.looks - looks], [0, 1]);
});

test("what a lifecycle forbids is held, whoever said yes, and told with why; the rest is done", async () => {
  const { clock, project, watch, told, events } = await begin({ yes: true });
  project.protects = ["web"];
  project.wrong = [change("", { action: "recreate", pids: [7] })];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal([project.applies, told], [[], ["web: Synced false Protected"]]);
  const [event] = events.filter(({ type }) => type === "condition");
  assert.equal(event?.type === "condition" && event.diagnostics.map(({ code }) => code), ["plan/protected"]);
});

test("events during an apply are one more look, however many", async () => {
  const { clock, project, watch } = await begin();
  const { looks } = project;
  project.wrong = [change("hostname")];
  project.during = () => {
    for (let event = 0; event < 50; event++) watch.notice("kernel");
  };
  watch.notice("kernel");
  await clock.advance(1000);
  assert.is(project.applies.length, 1);
  // The one that found it, and the one that ended it.
  assert.is(project.looks - looks, 2);
});

test("what comes back during an apply is repaired by the look that ends it", async () => {
  const { clock, project, watch } = await begin();
  let again = 1;
  project.during = () => {
    if (again-- > 0) project.wrong = [...project.wrong, change("domainname")];
  };
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal(project.applies, [["web.hostname"], ["web.domainname"]]);
});

test("what could end processes is held back and told, with -y too; the rest is done, and this when it is no more", async () => {
  const { clock, project, watch, told } = await begin({ yes: true });
  const hazard = { code: "limits/in-use", severity: "error", message: "less than is in use" } as const;
  project.wrong = [{ ...change("resources.limits.memory"), hazard }, change("hostname")];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal(project.applies, [["web.hostname"]]);
  assert.ok(told.includes("web: Degraded true InUse"), told.join("\n"));
  assert.ok(told.includes("web: Synced false Refused"), told.join("\n"));
  const { length } = told;
  watch.notice("kernel");
  await clock.advance(10);
  assert.is(told.length, length, "told once");
  project.wrong = [change("resources.limits.memory")];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal(project.applies.at(-1), ["web.resources.limits.memory"]);
  assert.ok(told.includes("web: Degraded false Recovered"), told.join("\n"));
});

test("three repairs of one address within a minute are flapping: it is left alone, longer each time; others are not", async () => {
  const { clock, project, watch, told } = await begin();
  const breakIt = async () => {
    project.wrong = [change('mounts["/srv"]'), change('mounts["/srv/www"]')];
    watch.notice("kernel");
    await clock.advance(4);
  };
  for (let time = 0; time < 3; time++) await breakIt();
  assert.is(project.applies.length, 3);
  assert.ok(told.includes('web.mounts["/srv"]: Flapping true KeepsBreaking'), told.join("\n"));
  await breakIt();
  assert.is(project.applies.length, 3);
  assert.is(told.at(-1), "web: Synced false KeepsBreaking");
  project.wrong = [...project.wrong, change("hostname")];
  watch.notice("kernel");
  await clock.advance(4);
  assert.equal(project.applies.at(-1), ["web.hostname"]);
  // The end of the pause wakes it by itself.
  await clock.advance(10_000);
  assert.equal(project.applies.at(-1), ['web.mounts["/srv"]', 'web.mounts["/srv/www"]']);
  await breakIt();
  const { length } = project.applies;
  await clock.advance(19_000);
  assert.is(project.applies.length, length);
  await clock.advance(1_000);
  assert.is(project.applies.length, length + 1);
});

test("what has stood for a minute after its pause does not flap any more", async () => {
  const { clock, project, watch, told } = await begin();
  for (let time = 0; time < 3; time++) {
    project.wrong = [change("hostname")];
    watch.notice("kernel");
    await clock.advance(4);
  }
  await clock.advance(120_000);
  assert.is(told.at(-1), "web.hostname: Flapping false Recovered");
});

test("edits are no repairs, and an edit ends every pause", async () => {
  const { clock, project, watch, told } = await begin();
  const edit = async () => {
    project.file = { type: "changed" };
    project.wrong = [change("hostname")];
    watch.notice("files");
    await clock.advance(25);
  };
  for (let time = 0; time < 6; time++) await edit();
  assert.is(project.applies.length, 6);
  assert.not(told.some((line) => line.includes("Flapping")));
});

test("what fails is tried again, later each time, and told once", async () => {
  const { clock, project, watch, told } = await begin();
  project.fails = [{ code: "engine/step-failed", severity: "error", message: "mount failed" }];
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(4);
  for (let event = 0; event < 9; event++) {
    watch.notice("kernel");
    await clock.advance(100);
  }
  assert.is(project.applies.length, 1);
  await clock.advance(1000);
  assert.is(project.applies.length, 2);
  await clock.advance(1000);
  assert.is(project.applies.length, 2);
  project.fails = null;
  await clock.advance(200);
  assert.is(project.applies.length, 3);
  assert.is(told.filter((line) => line === "web: Degraded true StepFailed").length, 1);
  assert.ok(told.includes("web: Degraded false Recovered"), told.join("\n"));
});

test("a manifest that is broken is told once, the last good one holds, and a mended one is taken", async () => {
  const { clock, project, watch, told } = await begin();
  project.file = { type: "invalid", diagnostics: [{ code: "manifest/unknown-key", severity: "error", message: "no such key" }] };
  for (let save = 0; save < 3; save++) {
    watch.notice("files");
    await clock.advance(2000);
  }
  assert.equal(told, ["null: ManifestInvalid true Invalid"]);
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(4);
  assert.equal(project.applies, [["web.hostname"]]);
  project.file = { type: "changed" };
  watch.notice("files");
  await clock.advance(25);
  assert.is(told.at(-1), "null: ManifestInvalid false Recovered");
});

test("what is in use is told with the process that uses it, and looked at again until that is done", async () => {
  const { clock, project, watch, told, events } = await begin();
  const holders = [{ pid: 7, command: "sh", path: "/data/log", by: "fd 3" }];
  const removal = change('mounts["/data"]', { action: "destroy" });
  project.wrong = [{ ...removal, blocked: { of: removal.address, holders } }, change("hostname")];
  watch.notice("kernel");
  await clock.advance(4);
  assert.equal(project.applies, [["web.hostname"]]);
  assert.is(told.at(-1), "web: Synced false InUse");
  const { length } = told;
  const last = events.at(-1);
  assert.match(last?.type === "condition" ? last.message : "", /pid 7 \(sh\) uses \/data\/log \(fd 3\)/);
  const { looks } = project;
  await clock.advance(15_000);
  assert.is(project.looks - looks, 3);
  assert.is(told.length, length, "told once");
  project.wrong = [removal];
  await clock.advance(5_000);
  assert.equal(project.applies.at(-1), ['web.mounts["/data"]']);
  assert.is(told.at(-1), "web: Synced true AsWanted");
});

test("what would end something is told once and left, and the rest is done", async () => {
  const { clock, project, watch, told } = await begin();
  project.wrong = [change("processes.main", { action: "restart-process", pids: [42] }), change("hostname")];
  for (let event = 0; event < 3; event++) {
    watch.notice("kernel");
    await clock.advance(10);
  }
  assert.equal(project.applies, [["web.hostname"]]);
  assert.is(told.filter((line) => line === "web: Synced false NeedsRestart").length, 2);
});

test("an environment that is to be made anew is left as a whole", async () => {
  const { clock, project, watch } = await begin();
  project.wrong = [change("", { action: "recreate" }), change("hostname", { action: "create" })];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal(project.applies, []);
});

test("with -y it is done", async () => {
  const { clock, project, watch } = await begin({ yes: true });
  project.wrong = [change("processes.main", { action: "restart-process", pids: [42] })];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal(project.applies, [["web.processes.main"]]);
});

test("a process that is dead is started again without a question", async () => {
  const { clock, project, watch } = await begin();
  project.wrong = [change("processes.main", { action: "restart-process" })];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal(project.applies, [["web.processes.main"]]);
});

test("what another run is in the middle of is neither told nor touched", async () => {
  const { clock, project, watch, told } = await begin();
  project.busy = true;
  project.wrong = [change("", { action: "recreate" })];
  watch.notice("kernel");
  await clock.advance(1000);
  assert.equal([told, project.applies], [[], []]);
  project.busy = false;
  project.wrong = [];
  await clock.advance(1000);
  assert.equal([told, project.applies], [[], []]);
});

test("without repair everything is told and nothing touched", async () => {
  const { clock, project, watch, told } = await begin({ repair: false });
  project.wrong = [change("hostname")];
  watch.notice("kernel");
  await clock.advance(10);
  assert.equal([told, project.applies], [["web: Synced false RepairOff"], []]);
});

test("once: it looks, repairs, looks again and ends with what is left", async () => {
  const project = new FakeProject();
  project.wrong = [change("hostname"), change("processes.main", { action: "restart-process", pids: [42] })];
  const { ended, events } = await begin({ once: true }, project);
  const { held, failed } = await ended;
  assert.equal(project.applies, [["web.hostname"]]);
  assert.equal([held.map(({ address }) => address), failed], [["web.processes.main"], []]);
  assert.is(events.at(-1)?.type, "watch-stopped");
});

test("a stop ends it where it waits", async () => {
  const { watch, ended, events } = await begin();
  watch.notice("stop");
  await ended;
  assert.equal([events[0]?.type, events.at(-1)?.type], ["watch-started", "watch-stopped"]);
});

test.run();
