import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { setFrozen } from "../../../src/host/freezer.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

test("a group is frozen by one write; without the file for it there is no freezer here", async () => {
  const group = mkdtempSync(join(tmpdir(), "cloister-freezer-"));
  try {
    const error = await setFrozen(group, true).catch((thrown: unknown) => thrown);
    assert.is(error instanceof CloisterError && error.diagnostics[0]?.code, "host/no-freezer");
    writeFileSync(join(group, "cgroup.freeze"), "0\n");
    writeFileSync(join(group, "cgroup.events"), "populated 1\nfrozen 1\n");
    await setFrozen(group, true);
    assert.is(readFileSync(join(group, "cgroup.freeze"), "utf8"), "1");
  } finally {
    rmSync(group, { recursive: true });
  }
});

test.run();
