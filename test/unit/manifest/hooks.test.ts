import { test } from "uvu";
import * as assert from "uvu/assert";
import { environmentOf, toldOf } from "../../support/manifest.ts";

const processes = (hooks: string) => `processes: { a: { command: [x], hooks: ${hooks} } }`;

test("a process has up to four hooks, each with so much time", () => {
  const read = (written: string) => environmentOf(processes(written)).processes.a?.hooks;
  assert.equal(read("{ pre_start: [migrate, 1], post_stop: [rm, x], timeout: 1m30s }"), {
    pre_start: ["migrate", "1"],
    post_stop: ["rm", "x"],
    timeout: 90,
  });
  assert.equal(read("{ pre_stop: [drain] }"), { pre_stop: ["drain"], timeout: 60 });
  assert.is(read("{}"), undefined);
  assert.is(read("{ timeout: 10s }"), undefined, "without a hook there is nothing to wait for");
});

test("a text is no command, and other moments are none", () => {
  assert.match(toldOf(processes("{ pre_start: migrate }")).join(), /^manifest\/wrong-type 6 /);
  assert.match(toldOf(processes("{ pre_begin: [x] }")).join(), /^manifest\/unknown-key /);
  assert.match(toldOf(processes("{ pre_start: [x], timeout: 9999999h }")).join(), /^manifest\/out-of-range 6 .*longer than a year/);
  assert.equal(toldOf(processes("{ pre_start: [x], timeout: 0s }")), ['manifest/out-of-range 6 "0s" is less than 100ms']);
});

test.run();
