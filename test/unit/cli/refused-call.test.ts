import { mkdirSync, rmdirSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diagnosticsOf, exitCodeOf } from "../../../src/cli/exit.ts";

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("what the kernel refuses is the machine's failure and no bug", () => {
  const [told] = diagnosticsOf(thrownBy(() => rmdirSync("/proc/self/no-such")));
  assert.is(told?.code, "host/call-failed");
  assert.match(told?.message ?? "", /ENOENT/);
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  assert.match(diagnosticsOf(full)[0]?.hint ?? "", /free some space/);
  assert.is(exitCodeOf(diagnosticsOf(full)), 1);
});

test("anything else that is thrown is a bug", () => {
  assert.is(diagnosticsOf(thrownBy(() => mkdirSync("\0")))[0]?.code, "internal/bug");
});

test.run();
