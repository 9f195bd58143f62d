import { rmSync, writeFileSync } from "node:fs";
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
    const lines = () => [...reader.lines(null)].map(({ text }) => text);
    assert.equal([lines(), reader.skipped], [["one"], 0]);
    write("one\nhalf\n", 0);
    write("two\n");
    assert.equal([lines(), reader.skipped], [["half", "two"], 0], "control: a rotation alone loses nothing");
    rmSync(`${path}.0000000000000000`);
    write("three\n", 100);
    write("four\n");
    assert.equal([lines(), reader.skipped], [["three", "four"], 100 - "one\nhalf\ntwo\n".length]);
  }));

test.run();
