import { appendFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LogTimes } from "../../../src/cli/log-times.ts";
import { withDirectory } from "../../support/directory.ts";

/** Marks of every tenth place, a moment for each place. */
const marks = (from: number, to: number) => {
  let text = "";
  for (let place = from; place < to; place += 10) text += `${place} ${1000 + place}\n`;
  return text;
};

test("the mark that holds at a place is found wherever it stands, before and after others, and in what is longer than what is read at once", () =>
  withTimes(marks(100, 500_000), ({ times }) => {
    const wanted = (place: number) => (place < 100 ? null : 1000 + place - (place % 10));
    for (const place of [0, 99, 100, 101, 109, 110, 4567, 4568, 499_989, 499_999, 600_000, 5, 250_000, 250_001, 300_000, 99]) {
      assert.is(times.at(place), wanted(Math.min(place, 499_990)), `${place}`);
    }
    for (let place = 0; place < 20_000; place++) if (times.at(place) !== wanted(place)) assert.unreachable(`${place}`);
  }));

test("where to begin for a moment, and where what came after one begins, also where the clock was set back", () =>
  withTimes(`${marks(0, 300_000)}300000 500\n300010 400000\n`, ({ times }) => {
    assert.ok(times.known);
    assert.equal([times.from(0), times.from(1000), times.from(1001), times.from(200_000)], [0, 0, 0, 198_990]);
    assert.equal([times.from(350_000), times.from(400_001)], [300_000, null]);
    assert.equal(
      [times.after(0), times.after(1000), times.after(200_000), times.after(350_000), times.after(400_000)],
      [0, 10, 199_010, 300_010, null],
    );
    assert.is(times.at(300_005), 500);
  }));

test("what comes later is found after another look, a line only when it is whole, and in another file of that name", () =>
  withTimes("", ({ times, path }) => {
    assert.equal([times.known, times.at(0), times.at(50)], [false, null, null]);
    appendFileSync(path, "0 1000\n50 10");
    assert.is(times.at(60), null, "there was nothing when it was looked at");
    times.refresh();
    assert.equal([times.at(60), times.at(50)], [1000, 1000]);
    appendFileSync(path, "50\nrubbish\n80 1080\n");
    times.refresh();
    assert.equal([times.at(60), times.at(79), times.at(80)], [1050, 1050, 1080]);
    writeFileSync(`${path}.new`, "80 1080\n90 1090\n");
    renameSync(`${path}.new`, path);
    assert.equal([times.at(85), times.at(95), times.at(60)], [1080, 1080, 1050], "as it was when it was looked at");
    times.refresh();
    assert.equal([times.at(60), times.at(95)], [null, 1090]);
    truncateSync(path, 0);
    appendFileSync(path, "0 2000\n");
    times.refresh();
    assert.is(times.at(3), 2000, "of a log that was emptied");
  }));

test("of what nobody asks for nothing is in memory", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.times");
    for (let part = 0; part < 20; part++) appendFileSync(path, marks(part * 1_000_000, (part + 1) * 1_000_000));
    const before = process.memoryUsage().heapUsed;
    const times = new LogTimes(path);
    assert.is(times.at(19_999_995), 20_000_990);
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 8 * 2 ** 20, `${grown} bytes more for two million marks`);
    times.close();
  }));

test("a log without times has none, until it has", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.times");
    const times = new LogTimes(path);
    assert.equal([times.known, times.at(3), times.from(0), times.after(0)], [false, null, null, null]);
    writeFileSync(path, "0 1000\n");
    times.refresh();
    assert.equal([times.known, times.at(3)], [true, 1000]);
    times.close();
    times.close();
  }));

test.run();

function withTimes(text: string, body: (given: { readonly times: LogTimes; readonly path: string }) => void): void {
  withDirectory((directory) => {
    const path = join(directory, "main.times");
    writeFileSync(path, text);
    const times = new LogTimes(path);
    body({ times, path });
    times.close();
  });
}
