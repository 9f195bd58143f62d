import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseIoMax, parseThrottles } from "../../../src/kernel/io-limit.ts";

const none = { read_bps: null, write_bps: null, read_iops: null, write_iops: null };

test("v2: a line for each disk, max is none", () => {
  const found = parseIoMax("254:0 rbps=1048576 wbps=max riops=max wiops=120\n8:16 rbps=max wbps=max riops=5 wiops=max\n");
  assert.equal(
    [...found],
    [
      ["254:0", { ...none, read_bps: 1048576, write_iops: 120 }],
      ["8:16", { ...none, read_iops: 5 }],
    ],
  );
  assert.is(parseIoMax("").size, 0);
});

test("v1: a file for each rate, a line for each disk that has one", () => {
  const found = parseThrottles(["254:0 1048576\n", "", "8:16 5\n", "254:0 120\n"]);
  assert.equal(
    [...found],
    [
      ["254:0", { ...none, read_bps: 1048576, write_iops: 120 }],
      ["8:16", { ...none, read_iops: 5 }],
    ],
  );
});

test.run();
