import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseLimit } from "../../../src/kernel/cgroup-limit.ts";

test("memory: v2 and v1, with the ways in which each says that there is none", () => {
  assert.is(parseLimit("memory", ["268435456\n"]), 268435456);
  assert.is(parseLimit("memory", ["max\n"]), null);
  assert.is(parseLimit("memory", ["9223372036854771712\n"]), null);
});

test("processors: quota and period in one file or in two", () => {
  assert.is(parseLimit("cpus", ["150000 100000\n"]), 1.5);
  assert.is(parseLimit("cpus", ["50000\n", "100000\n"]), 0.5);
  assert.is(parseLimit("cpus", ["max 100000\n"]), null);
  assert.is(parseLimit("cpus", ["-1\n", "100000\n"]), null);
});

test("processes", () => {
  assert.is(parseLimit("pids", ["4096\n"]), 4096);
  assert.is(parseLimit("pids", ["max\n"]), null);
});

test.run();
