import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readHealth } from "../../../src/host/process-health.ts";

test("what a runner says of a process is read with what its last check printed; anything else says nothing", () => {
  const directory = mkdtempSync(join(tmpdir(), "health-"));
  const file = join(directory, "main.health");
  const read = (text: string) => {
    writeFileSync(file, text);
    return readHealth(file);
  };
  try {
    const said = { runner: 7, pid: 8, start: "99", status: "unhealthy", streak: 3, code: 1 };
    assert.equal(read("0 7 8 99 unhealthy 3 1\nno\nanswer\n"), { ...said, output: "no\nanswer\n" });
    const none = { runner: 7, pid: 0, start: "-", status: "starting", streak: 0, code: null, output: "" };
    assert.equal(read("0 7 - - starting 0 -\n"), none);
    for (const wrong of ["", "0 7 8 99 well 3 1\n", "0 7 8 99 healthy 0 0", "7 8 99 healthy 0 0\n"]) assert.is(read(wrong), null, wrong);
    rmSync(file);
    assert.is(readHealth(file), null);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
