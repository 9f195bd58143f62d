import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Repairs } from "../../../src/engine/watch/repairs.ts";

const test = suite("watch repairs");

test("what fails every other time is tried less and less often", () => {
  const repairs = new Repairs();
  let now = 0;
  const pauses = [1, 2, 3, 4].map(() => {
    const pauseMs = repairs.failed("web", now);
    now += pauseMs;
    assert.ok(repairs.succeeded("web", now), "it had failed");
    return pauseMs;
  });
  assert.equal(pauses, [1_000, 2_000, 4_000, 8_000]);
});

test("a success ends the wait at once, and is told once", () => {
  const repairs = new Repairs();
  repairs.failed("web", 0);
  assert.ok(repairs.isAnyPaused("web", 10));
  assert.ok(repairs.succeeded("web", 10));
  assert.not(repairs.isAnyPaused("web", 10));
  assert.not(repairs.succeeded("web", 20));
});

test("what stood for a minute after that begins anew", () => {
  const repairs = new Repairs();
  repairs.failed("web", 0);
  repairs.failed("web", 1_000);
  repairs.succeeded("web", 3_000);
  repairs.recovered(62_999);
  assert.is(repairs.failed("web", 62_999), 4_000);
  repairs.succeeded("web", 70_000);
  repairs.recovered(130_000);
  assert.is(repairs.failed("web", 130_000), 1_000);
});

test.run();
