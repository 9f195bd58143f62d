import fs, { appendFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LogFiles } from "../../../src/cli/log-files.ts";
import { LogReader } from "../../../src/cli/log-reader.ts";
import { LogTimes } from "../../../src/cli/log-times.ts";
import { withDirectory } from "../../support/directory.ts";

test("what was rotated away before its turn came is counted, and what is kept comes after it", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.log");
    const write = (text: string, start?: number) =>
      writeFileSync(`${path}${start === undefined ? "" : `.${String(start).padStart(16, "0")}`}`, text);
    write("one\nha");
    const reader = new LogReader(new LogFiles(path), { position: 0, encoding: "utf8" });
    const lines = () => [...reader.lines(null, Number.POSITIVE_INFINITY)].map(({ text }) => text);
    assert.equal([lines(), reader.skipped], [["one"], 0]);
    write("one\nhalf\n", 0);
    write("two\n");
    assert.equal([lines(), reader.skipped], [["half", "two"], 0], "control: a rotation alone loses nothing");
    rmSync(`${path}.0000000000000000`);
    write("three\n", 100);
    write("four\n");
    assert.equal([lines(), reader.skipped], [["three", "four"], 100 - "one\nhalf\ntwo\n".length]);
  }));

test("a file that is rotated away while it is looked at does not move what comes after it", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.log");
    const partAt = (start: number) => `${path}.${String(start).padStart(16, "0")}`;
    writeFileSync(partAt(100), "one\n");
    writeFileSync(path, "two\n");
    const files = new LogFiles(path);
    const { readdirSync } = fs;
    let looks = 0;
    // Just behind its second look at what there is.
    const looking = (...words: Parameters<typeof readdirSync>) => {
      const names = readdirSync(...words);
      looks += 1;
      if (looks === 2) {
        renameSync(path, partAt(104));
        rmSync(partAt(100));
        writeFileSync(path, "three\n");
      }
      return names;
    };
    Object.assign(fs, { readdirSync: looking });
    syncBuiltinESMExports();
    try {
      assert.equal(files.extent(), { begin: 104, end: 114 });
    } finally {
      Object.assign(fs, { readdirSync });
      syncBuiltinESMExports();
    }
    assert.ok(looks > 2);
  }));

test("times that were begun anew twice are read anew, also in a file of the number that the first had", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.times");
    const anew = (text: string) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
      return statSync(path).ino;
    };
    const first = anew("0 1000\n");
    const times = new LogTimes(path);
    assert.is(times.at(0), 1000);
    // Which number a file gets is the file system's to say: some give the one that was free last.
    for (let left = 1000; anew("50 2000\n60 3000\n") !== first && left > 0; left--);
    times.refresh();
    assert.equal([times.at(0), times.at(50), times.at(60)], [null, 2000, 3000]);
  }));

test("a log that is written faster than it is read is read to where it ended, also where its files move on", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.log");
    writeFileSync(path, "one\ntwo\nhalf");
    const files = new LogFiles(path);
    const bound = files.extent()?.end ?? 0;
    const read = (position: number) => {
      const reader = new LogReader(files, { position, encoding: "utf8" });
      return [...reader.lines(Number.POSITIVE_INFINITY, bound)].map(({ text }) => text);
    };
    appendFileSync(path, " of it\nthree\n");
    assert.equal(read(0), ["one", "two", "half"]);
    assert.equal(read(bound), []);
    assert.is(Buffer.concat([...new LogReader(files, { position: 4, encoding: "utf8" }).raw(bound)]).toString(), "two\nhalf");
    renameSync(path, `${path}.0000000000000100`);
    writeFileSync(path, "four\n");
    assert.equal(read(0), [], "none of it is kept any more");
  }));

test("what has no end of a line, however long it is, is shown in pieces", () =>
  withDirectory((directory) => {
    const path = join(directory, "main.log");
    const [mebibyte, whole] = [2 ** 20, Buffer.alloc(40 * 2 ** 20, "x")];
    writeFileSync(path, Buffer.concat([whole, Buffer.from("\nend\n")]));
    const reader = new LogReader(new LogFiles(path), { position: 0, encoding: "utf8" });
    const found = [...reader.lines(null, Number.POSITIVE_INFINITY)].map(({ place, text }) => [place / mebibyte, text.length / mebibyte]);
    assert.equal(found.slice(0, 3), [
      [0, 16],
      [16, 16],
      [32, 8],
    ]);
    assert.is(found.length, 4);
    for (let count = 1; count <= 1000; count++) {
      appendFileSync(path, ".");
      assert.equal([...reader.lines(null, Number.POSITIVE_INFINITY)], [], "what comes byte by byte is one line");
    }
  }));

test.run();
