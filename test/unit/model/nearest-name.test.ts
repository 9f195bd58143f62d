import { test } from "uvu";
import * as assert from "uvu/assert";
import { editDistance, nearestName } from "../../../src/model/nearest-name.ts";

test("an edit is an insertion, a deletion, a change or a swap of neighbours", () => {
  const distances = [
    ["size", "size", 0],
    ["sise", "size", 1],
    ["sze", "size", 1],
    ["sizee", "size", 1],
    ["szie", "size", 1],
    ["", "size", 4],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ] as const;
  for (const [a, b, want] of distances) {
    assert.is(editDistance(a, b), want, `${a} ${b}`);
    assert.is(editDistance(b, a), want, `${b} ${a}`);
  }
});

test("the nearest name is the one that was meant, if any is near", () => {
  const names = ["size", "source", "mode", "options", "read_only", "type"];
  assert.is(nearestName("sise", names), "size");
  assert.is(nearestName("readonly", names), "read_only");
  assert.is(nearestName("Source", names), "source");
  assert.is(nearestName("tyep", names), "type");
  assert.is(nearestName("frobnicate", names), null);
  assert.is(nearestName("x", names), null);
  assert.is(nearestName("size", []), null);
});

test("a word of any length is compared in no time", () => {
  const started = performance.now();
  assert.is(nearestName("a".repeat(200_000), ["size"]), null);
  assert.ok(performance.now() - started < 100);
});

test.run();
