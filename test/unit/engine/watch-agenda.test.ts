import { test } from "uvu";
import * as assert from "uvu/assert";
import { Agenda } from "../../../src/engine/watch/agenda.ts";
import { beginWatch, change, FakeClock } from "../../support/fake-watch.ts";

const hour = 3_600_000;

/** As a watch begins a look at everything. */
function begin(agenda: Agenda): void {
  agenda.takeFiles();
  agenda.takeEvents();
}

/** An agenda that has done its first look, which took so much processor time. */
async function looked(workMs = 0, intervalMs: number | null = hour) {
  const clock = new FakeClock();
  const agenda = new Agenda(clock, intervalMs);
  begin(agenda);
  agenda.spent(workMs, "look");
  await clock.advance(10_000);
  return { clock, agenda };
}

test("what the kernel tells is looked at 4 ms later, however much there is, until much work was done for it", async () => {
  const { clock, agenda } = await looked();
  const begun = clock.now();
  let looks = 0;
  // An event every 5 ms, and each look takes 10 ms of a processor.
  while (clock.now() < begun + 60_000) {
    agenda.notice("kernel");
    await clock.advance(5);
    if (agenda.next() > clock.now()) continue;
    begin(agenda);
    agenda.spent(10, "look");
    looks += 1;
    if (clock.now() < begun + 350) assert.is(looks * 5, clock.now() - begun, "none is left out");
  }
  const share = (looks * 10) / 60_000;
  assert.ok(share > 0.08 && share < 0.102, `${share}`);
});

test("after a rest they are heard at once again", async () => {
  const { clock, agenda } = await looked();
  agenda.notice("kernel");
  begin(agenda);
  for (let look = 0; look < 300; look++) agenda.spent(10, "repair");
  agenda.notice("kernel");
  assert.ok(agenda.next() - clock.now() > 4, "too much was done");
  begin(agenda);
  await clock.advance(30_000);
  agenda.notice("kernel");
  assert.is(agenda.next() - clock.now(), 4);
});

test("an edit, a wish and what ends an apply do not wait for that", async () => {
  const { clock, agenda } = await looked();
  agenda.notice("kernel");
  begin(agenda);
  for (let look = 0; look < 300; look++) agenda.spent(10, "look");
  agenda.notice("files");
  assert.is(agenda.next() - clock.now(), 25);
  agenda.again();
  assert.is(agenda.next(), clock.now());
  begin(agenda);
  agenda.notice("resync");
  assert.is(agenda.next(), clock.now());
});

test("what was done for another reason than the kernel's word makes nobody wait", async () => {
  const { clock, agenda } = await looked();
  begin(agenda);
  agenda.spent(10_000, "look");
  agenda.notice("kernel");
  assert.is(agenda.next() - clock.now(), 4);
  begin(agenda);
  agenda.again();
  begin(agenda);
  agenda.spent(10_000, "look");
  agenda.notice("kernel");
  assert.ok(agenda.next() - clock.now() > 1_000, "what ends a repair is done for the same reason");
});

test("where nobody says how often everything is looked at, it is each 30 s, or less often where a look takes long", async () => {
  for (const [workMs, seconds] of [
    [10, 30],
    [200, 80],
    [20_000, 300],
  ] as const)
    assert.is((await looked(workMs, null)).agenda.next(), seconds * 1000, `${workMs} ms`);
  assert.is((await looked(20_000, 15_000)).agenda.next(), 15_000, "a wish is a wish");
});

test("a look that fails leaves nothing due", async () => {
  const { clock, agenda } = await looked();
  agenda.awaitUnused(true);
  agenda.resumeAt(clock.wall() + 1_000);
  await clock.advance(6_000);
  assert.ok(agenda.next() <= clock.now());
  begin(agenda);
  assert.ok(agenda.next() > clock.now(), "it is not looked at again and again");
});

test("without events everything is looked at after the interval, the files too", async () => {
  const { clock, project } = await beginWatch({ intervalMs: 1000 });
  const { reloads } = project;
  project.wrong = [change("hostname")];
  await clock.advance(999);
  assert.equal(project.applies, []);
  await clock.advance(1);
  assert.equal(project.applies, [["web.hostname"]]);
  assert.is(project.reloads, reloads + 1);
});

for (const [stopMs, intervalMs] of [
  [60_000, 30_000],
  [60_000, 3_600_000],
  [3_000, 3_600_000],
] as const)
  test(`after a stop of ${stopMs / 1000} s it catches up at once, without an event, where the interval is ${intervalMs / 1000} s`, async () => {
    const { clock, project } = await beginWatch({ intervalMs });
    const { reloads } = project;
    project.wrong = [change("hostname")];
    clock.leap(stopMs);
    await clock.advance(0);
    assert.equal(project.applies, [["web.hostname"]]);
    assert.is(project.reloads, reloads + 1);
  });

test("while it waits it does nothing, however often it looks at the clock", async () => {
  const { clock, project } = await beginWatch({ intervalMs: 3_600_000 });
  const { reloads, looks } = project;
  await clock.advance(600_000);
  assert.equal([project.reloads, project.looks], [reloads, looks]);
});

test("SIGHUP looks at everything", async () => {
  const { clock, project, watch } = await beginWatch();
  const { reloads, looks } = project;
  watch.notice("resync");
  await clock.advance(0);
  assert.equal([project.reloads - reloads, project.looks - looks], [1, 1]);
});

test.run();
