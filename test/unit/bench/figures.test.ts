import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Figure } from "../../bench/figures.ts";
import { median, ratio, reaches, table } from "../../bench/figures.ts";

const slow: Figure = { name: "`plan`", ms: 60, baseMs: 20, kind: "at most", bar: 3, goal: 2.5 };
const faster: Figure = { name: "`build`", ms: 10_000, baseMs: 16_000, kind: "at least", bar: 1.4, goal: 1.7 };
const adding: Figure = { name: "nat", ms: 71.25, baseMs: 60, kind: "added", bar: 12, goal: 11 };

test("a ratio says how dear it is, or how many times faster", () => {
  assert.is(ratio(slow), 3);
  assert.is(ratio(faster), 1.6);
  assert.is(ratio(adding), 11.25);
});

test("a bar is reached at it, not beyond it", () => {
  assert.equal([reaches(slow, slow.bar), reaches(slow, slow.goal)], [true, false]);
  assert.equal([reaches(faster, faster.bar), reaches(faster, faster.goal)], [true, false]);
  assert.equal([reaches(adding, adding.bar), reaches(adding, adding.goal)], [true, false]);
});

test("the median of odd and even counts", () => {
  assert.is(median([3, 1, 2]), 2);
  assert.is(median([4, 1, 3, 2]), 2.5);
});

test("the table shows both bars and whether each is reached", () => {
  const [head, rule, ...rows] = table([slow, faster, adding]).split("\n");
  assert.match(head ?? "", /^\| what +\| ms +\| compared with, ms \| ratio +\| bar +\| goal +\|$/);
  assert.match(rule ?? "", /^\| -+ \|/);
  assert.match(rows[0] ?? "", /\| `plan` +\| 60\.0 +\| 20\.0 +\| 3\.00 +\| <= 3 yes +\| <= 2\.5 \*\*no\*\* +\|$/);
  assert.match(rows[1] ?? "", /\| 1\.60 +\| >= 1\.4 yes +\| >= 1\.7 \*\*no\*\* +\|$/);
  assert.match(rows[2] ?? "", /\| 11\.3 ms more +\| <= 12 ms yes +\| <= 11 ms \*\*no\*\* +\|$/);
});

test.run();
