import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatDuration, formatSize, parseCpus, parseDuration, parseSize } from "../../../src/manifest/quantity.ts";

test("sizes count by 1024, whatever the spelling", () => {
  const sizes = {
    "1024": 1024,
    "1b": 1,
    "64K": 65_536,
    "64k": 65_536,
    "64M": 67_108_864,
    "64m": 67_108_864,
    "64MB": 67_108_864,
    "64MiB": 67_108_864,
    "1.5GiB": 1_610_612_736,
    "1.5G": 1_610_612_736,
    "2T": 2_199_023_255_552,
    "0.5K": 512,
    "50%": "50%",
    "12.5%": "12.5%",
    "100%": "100%",
  };
  for (const [text, want] of Object.entries(sizes)) assert.is(parseSize(text), want, text);
  assert.is(parseSize(4096), 4096);
});

test("what is no size is none", () => {
  for (const text of ["", "M", "64X", "-1", "64 M", "1e3", "0x10", "0%", "101%", "99999999T", "64MiBs", "NaN", "64M\n"]) {
    assert.is(parseSize(text), null, text);
  }
});

test("processors are a number, thousandths or a percentage", () => {
  const cpus = { "1.5": 1.5, "500m": 0.5, "10m": 0.01, "2": 2, "50%": "50%" };
  for (const [text, want] of Object.entries(cpus)) assert.is(parseCpus(text), want, text);
  assert.is(parseCpus(1.5), 1.5);
  for (const text of ["", "1m", "0", "0.001", "two", "1k", "65537", "200%"]) assert.is(parseCpus(text), null, text);
});

test("a size is written in the shortest form that is exact", () => {
  const sizes = [
    [0, 0],
    [1000, 1000],
    [1024, "1K"],
    [1536 * 1024, "1536K"],
    [67_108_864, "64M"],
    [1_610_612_736, "1536M"],
    [1_099_511_627_776, "1T"],
  ] as const;
  for (const [bytes, text] of sizes) {
    assert.is(formatSize(bytes), text);
    assert.is(parseSize(text), bytes);
  }
});

test("lengths of time are added up, and written in the largest unit that says them", () => {
  const lengths = { "10s": 10, "500ms": 0.5, "1m30s": 90, "2h": 7200, "1h1ms": 3600.001, "0s": 0 };
  for (const [text, want] of Object.entries(lengths)) assert.is(parseDuration(text), want, text);
  assert.is(parseDuration(10), 10);
  for (const text of ["", "10", "s", "1.5s", "-1s", "1d", "1s ", "9000h", "999999999h"]) assert.is(parseDuration(text), null, text);
  const written = { "10s": 10, "500ms": 0.5, "90s": 90, "2h": 7200, "2m": 120, "0s": 0 };
  for (const [want, seconds] of Object.entries(written)) assert.is(formatDuration(seconds), want);
});

test.run();
