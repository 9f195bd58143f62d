import { test } from "uvu";
import * as assert from "uvu/assert";
import { beginWatch as begin, change } from "../../support/fake-watch.ts";

test("what the kernel told of one of many is found, repaired and told to be over by glances at that one", async () => {
  const { clock, project, watch, told } = await begin();
  project.many = true;
  const { looks } = project;
  project.wrong = [change("hostname")];
  watch.notice("kernel", "web");
  await clock.advance(4);
  assert.equal([project.glances, project.applies, project.looks - looks], [[["web"], ["web"]], [["web.hostname"]], 0]);
  assert.equal(told, ["web: Synced false Drifted", "web: Synced true AsWanted"]);
});

test("a glance that finds all as wanted is the end of it; where more than the kernel's word of somebody is due, everything is looked at", async () => {
  const { clock, project, watch } = await begin();
  project.many = true;
  const { looks } = project;
  watch.notice("kernel", "web");
  await clock.advance(4);
  assert.equal([project.glances.length, project.looks - looks], [1, 0]);
  watch.notice("kernel", "web");
  watch.notice("kernel");
  await clock.advance(4);
  assert.equal([project.glances.length, project.looks - looks], [1, 1]);
});

test("what a glance would leave, what failed and what flaps take a look at everything", async () => {
  const { clock, project, watch, told } = await begin();
  project.many = true;
  const { looks } = project;
  const hear = async () => {
    watch.notice("kernel", "web");
    await clock.advance(4);
  };
  project.wrong = [change("", { action: "recreate", pids: [7] })];
  await hear();
  assert.equal([project.looks - looks, told], [1, ["web: Synced false NeedsRestart"]]);
  project.wrong = [];
  await hear();
  assert.equal([project.looks - looks, told.at(-1)], [1, "web: Synced true AsWanted"]);
  for (let time = 0; time < 3; time++) {
    project.wrong = [change("hostname")];
    await hear();
  }
  assert.equal([project.looks - looks, told.at(-1)], [2, "web: Synced true AsWanted"]);
  assert.ok(told.includes("web.hostname: Flapping true KeepsBreaking"));
  project.wrong = [change("domainname")];
  project.fails = [{ code: "engine/step-failed", severity: "error", message: "no" }];
  await hear();
  assert.equal([project.looks - looks, told.includes("web: Degraded true StepFailed")], [3, true]);
});

test.run();
