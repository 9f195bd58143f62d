import { chmodSync, chownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assertOwned } from "../../../src/host/owned.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import { withDirectory } from "../../support/directory.ts";

function refused(path: string, message: RegExp): void {
  try {
    assertOwned(path);
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    assert.is(error.diagnostics[0]?.code, "store/unsafe-directory");
    assert.match(error.message, message);
    return;
  }
  throw new Error(`${path} was not refused`);
}

test("a directory of ours, below a sticky one, and what is not there yet", () =>
  withDirectory((directory) => {
    mkdirSync(join(directory, "a/b"), { recursive: true });
    assertOwned(join(directory, "a/b"));
    assertOwned(join(directory, "a/b/missing/more"));
    assertOwned(`${directory}/a/../a//b/.`);
  }));

test("one that others can write, at the end, above, and behind a link", () =>
  withDirectory((directory) => {
    mkdirSync(join(directory, "open/mine"), { recursive: true });
    symlinkSync("open/mine", join(directory, "link"));
    for (const mode of [0o777, 0o775, 0o757]) {
      chmodSync(join(directory, "open"), mode);
      for (const path of ["open", "open/mine", "open/missing", "link", "link/missing"])
        refused(join(directory, path), /open can be written by others \(mode 7[57][57]\)$/);
    }
  }));

test("a sticky one is right above, not at the end", () =>
  withDirectory((directory) => {
    mkdirSync(join(directory, "sticky/mine"), { recursive: true });
    chmodSync(join(directory, "sticky"), 0o1777);
    assertOwned(join(directory, "sticky/mine"));
    refused(join(directory, "sticky"), /sticky can be written by others \(mode 1777\)$/);
  }));

test("another user's directory or link", () =>
  withDirectory((directory) => {
    if (getuid?.() !== 0) return;
    mkdirSync(join(directory, "theirs/mine"), { recursive: true });
    chownSync(join(directory, "theirs"), 1000, 1000);
    refused(join(directory, "theirs/mine"), /theirs belongs to user 1000$/);
  }));

test("links that lead in a circle", () =>
  withDirectory((directory) => {
    symlinkSync("b", join(directory, "a"));
    symlinkSync("a", join(directory, "b"));
    refused(join(directory, "a"), /is a circle of symbolic links$/);
  }));

test.run();
