import { test } from "uvu";
import * as assert from "uvu/assert";
import { styleFor, wantsColor } from "../../../src/ui/style.ts";
import { formatBytes, formatDuration, formatUptime } from "../../../src/ui/units.ts";
import { pad, width } from "../../../src/ui/width.ts";

test("bytes are shown in their unit", () => {
  assert.equal([0, 512, 1023, 1024, 19_083_264, 150 * 1024 ** 2, 3 * 1024 ** 4].map(formatBytes), [
    "0 B",
    "512 B",
    "1023 B",
    "1.0 KiB",
    "18.2 MiB",
    "150 MiB",
    "3.0 TiB",
  ]);
});

test("uptimes are shown by their two greatest units", () => {
  assert.equal([0, 42.9, 60, 310, 7512, 7200, 273_600, 86_400].map(formatUptime), [
    "0s",
    "42s",
    "1m",
    "5m 10s",
    "2h 5m",
    "2h",
    "3d 4h",
    "1d",
  ]);
});

test("durations are shown as people say them", () => {
  assert.equal([0.4, 180.2, 2440, 80_000].map(formatDuration), ["0 ms", "180 ms", "2.4 s", "1m 20s"]);
});

test("width counts columns, not characters", () => {
  assert.equal(["abc", "日本", "e\u0301", "👍", ""].map(width), [3, 4, 1, 2, 0]);
  assert.is(pad("日", 4), "日  ");
  assert.is(pad("longer", 3), "longer");
});

const wishes: readonly (readonly [flag: boolean, isTerminal: boolean, env: Record<string, string>, expected: boolean])[] = [
  [true, true, {}, true],
  [true, false, {}, false],
  [false, true, {}, false],
  [false, true, { FORCE_COLOR: "1" }, false],
  [true, true, { NO_COLOR: "1" }, false],
  [true, true, { NO_COLOR: "" }, true],
  [true, false, { FORCE_COLOR: "1" }, true],
  [true, true, { FORCE_COLOR: "0" }, false],
  [true, false, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  [true, true, { TERM: "dumb" }, false],
];

for (const [flag, isTerminal, env, expected] of wishes) {
  const given = `${flag ? "" : "--no-color, "}${isTerminal ? "a terminal" : "a pipe"}, ${JSON.stringify(env)}`;
  test(`${given}: ${expected ? "colours" : "no colours"}`, () => assert.is(wantsColor({ flag, isTerminal, env }), expected));
}

test("a style changes nothing without colour", () => {
  assert.is(styleFor(false).red("x"), "x");
  assert.is(styleFor(true).red("x"), "\x1b[31mx\x1b[39m");
});

test.run();
