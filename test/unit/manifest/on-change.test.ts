import { test } from "uvu";
import * as assert from "uvu/assert";
import { environmentOf, toldOf } from "../../support/manifest.ts";

const processes = (on_change: string) => `processes: { a: { command: [x], on_change: ${on_change} } }`;

test("a process follows files and secrets in three ways, or not at all", () => {
  const read = (written: string) => environmentOf(processes(written)).processes.a?.on_change;
  assert.equal(read("{ files: signal SIGHUP, secrets: { exec: [reload, 1] } }"), {
    files: { type: "signal", signal: "SIGHUP" },
    secrets: { type: "exec", command: ["reload", "1"] },
  });
  assert.equal(read("{ secrets: restart }"), { secrets: { type: "restart" } });
  assert.equal(read("{ config: restart, files: signal SIGHUP }"), {
    files: { type: "signal", signal: "SIGHUP" },
    config: { type: "restart" },
  });
  assert.is(read("{}"), undefined);
});

test("what it is to do must be said, and be one of these", () => {
  assert.equal(toldOf(processes("{ files: {} }")), ["manifest/missing-key 6 nothing says what is to be done"]);
  for (const wrong of ["signal", "signal SIGKILL", "SIGHUP", "exec true", "signal SIGHUP now"])
    assert.match(
      toldOf(processes(`{ files: ${wrong} }`)).join(),
      /^manifest\/wrong-format 6 .* must be signal SIGHUP, restart, or a map/,
      wrong,
    );
  assert.match(toldOf(processes("{ hosts: restart }")).join(), /^manifest\/unknown-key /);
});

test.run();
