import { test } from "uvu";
import * as assert from "uvu/assert";
import { packageOf, toolList } from "../../../src/host/tool-list.ts";
import { findTool, hostEnvironment, tool } from "../../../src/host/tools.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

test("tools are found in the system's directories only", () => {
  assert.match(findTool("sh") ?? "", /^\/(usr\/)?s?bin\/sh$/);
  assert.is(findTool("no-such-tool"), null);
});

test("a missing tool is an error that names its package", () => {
  try {
    tool("no-such-tool");
    assert.unreachable();
  } catch (error) {
    assert.instance(error, CloisterError);
    if (!(error instanceof CloisterError)) return;
    assert.is(error.diagnostics[0]?.code, "host/missing-tool");
    assert.is(error.diagnostics[0]?.hint, "apt-get install no-such-tool");
  }
});

test("every listed tool stands once, with its package", () => {
  assert.is(new Set(toolList.map(({ name }) => name)).size, toolList.length);
  assert.is(packageOf("mkfs.erofs"), "erofs-utils");
  assert.is(packageOf("nsenter"), "util-linux");
});

test("nothing of the caller's environment reaches a tool", () => {
  process.env.LD_PRELOAD = "/tmp/evil.so";
  try {
    assert.equal(Object.keys(hostEnvironment({ EXTRA: "1" })).sort(), ["EXTRA", "LC_ALL", "PATH"]);
  } finally {
    Reflect.deleteProperty(process.env, "LD_PRELOAD");
  }
});

test.run();
