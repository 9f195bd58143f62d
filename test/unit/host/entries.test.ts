import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { forgetEntries } from "../../../src/host/entries.ts";
import { parseStat } from "../../../src/kernel/proc.ts";

const run = mkdtempSync(join(tmpdir(), "cloister-unit-"));
test.after(() => rmSync(run, { recursive: true }));

test("entries of what is no more go; one that another command takes away meanwhile is gone", () => {
  const directory = join(run, ".entries");
  mkdirSync(directory);
  const start = parseStat(readFileSync("/proc/self/stat", "utf8"))?.start ?? "";
  writeFileSync(join(directory, "alive"), ["cloister/entry/v2", `pid=${process.pid}`, `start=${start}`, "end"].join("\0"));
  writeFileSync(join(directory, "ended"), ["cloister/entry/v2", `pid=${process.pid}`, "start=1", "end"].join("\0"));
  // Its name is there, and nothing behind it.
  symlinkSync("nowhere", join(directory, "taken"));
  forgetEntries(run);
  assert.ok(existsSync(join(directory, "alive")));
  assert.not(existsSync(join(directory, "ended")));
  rmSync(join(directory, "alive"));
  forgetEntries(run);
  assert.not(existsSync(directory));
});

test.run();
