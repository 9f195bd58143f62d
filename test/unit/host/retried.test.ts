import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { retried } from "../../../src/host/retried.ts";

test("what somebody else takes away meanwhile is made again", () => {
  const directory = join(mkdtempSync(join(tmpdir(), "cloister-unit-")), "taken");
  let tries = 0;
  retried(() => {
    mkdirSync(directory, { recursive: true });
    tries += 1;
    if (tries < 4) rmSync(directory, { recursive: true });
    writeFileSync(join(directory, "file"), "whole");
  });
  rmSync(join(directory, ".."), { recursive: true });
  assert.is(tries, 4);
});

test("what fails each time is told in the end, and anything else at once", () => {
  let tries = 0;
  const failing = (code: string) => () => {
    tries += 1;
    throw Object.assign(new Error(code), { code });
  };
  assert.throws(() => retried(failing("ENOENT")), "ENOENT");
  assert.is(tries, 101);
  assert.throws(() => retried(failing("EACCES")), "EACCES");
  assert.is(tries, 102);
});

test.run();
