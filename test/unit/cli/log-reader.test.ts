import { appendFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LogFiles } from "../../../src/cli/log-files.ts";
import { LogReader } from "../../../src/cli/log-reader.ts";
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
