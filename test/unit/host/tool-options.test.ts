import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { toolList } from "../../../src/host/tool-list.ts";
import { findTool, lackingOptions } from "../../../src/host/tools.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

function withTool(script: string, body: (path: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "tool-"));
  const path = join(directory, "tool");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  try {
    body(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a tool that has the names of its options in its file is not started to be asked", () =>
  withTool('# fast, slow\necho started >"$0.started"', (path) => {
    assert.equal(lackingOptions(path, ["--fast", "--slow"]), []);
    assert.throws(() => rmSync(`${path}.started`));
  }));

test("of what its file does not show a tool is asked, by --help", () =>
  withTool("echo --f''ast", (path) => assert.equal(lackingOptions(path, ["--fast", "--slow"]), ["--slow"])));

test("this machine's tools know all that is needed", () => {
  for (const { name, options } of toolList) {
    const path = findTool(name);
    if (path !== null) assert.equal(lackingOptions(path, options), [], name);
  }
});

test("one that does not answer is an error of its own", () =>
  withTool("exec sleep 60", (path) => {
    try {
      lackingOptions(path, ["--new"]);
      assert.unreachable();
    } catch (error) {
      assert.is(error instanceof CloisterError && error.diagnostics[0]?.code, "host/tool-hangs");
    }
  }));

test.run();
