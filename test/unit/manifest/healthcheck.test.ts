import { test } from "uvu";
import * as assert from "uvu/assert";
import { environmentOf, toldOf } from "../../support/manifest.ts";

const processes = (healthcheck: string) => `processes: { a: { command: [x], healthcheck: ${healthcheck} } }`;
const read = (written: string) => environmentOf(processes(written)).processes.a?.healthcheck;

test("a healthcheck has compose's words, forms and defaults", () => {
  assert.equal(read("{ test: [CMD, check, 1] }"), {
    test: ["CMD", "check", "1"],
    interval: 30,
    timeout: 30,
    retries: 3,
    start_period: 0,
    start_interval: 5,
    on_failure: "none",
  });
  assert.equal(read("{ test: check it }")?.test, ["CMD-SHELL", "check it"]);
  assert.equal(read("{ test: [CMD-SHELL, check it] }")?.test, ["CMD-SHELL", "check it"]);
  assert.is(read("{ test: check, interval: 1m30s }")?.interval, 90);
  for (const none of ["NONE", "[NONE]"]) assert.is(read(`{ test: ${none}, interval: 5s }`), undefined);
});

test("a check that says nothing, or that is run all the time, is told", () => {
  for (const wrong of ["[check]", "[CMD]", "[CMD-SHELL]", "[CMD-SHELL, a, b]", "[NONE, a]"])
    assert.equal(
      toldOf(processes(`{ test: ${wrong} }`)),
      ["manifest/wrong-format 6 healthcheck.test is neither [CMD, WORD...] nor [CMD-SHELL, TEXT] nor NONE"],
      wrong,
    );
  assert.match(toldOf(processes("{ interval: 5s }")).join(), /^manifest\/missing-key 6 /);
  for (const key of ["interval", "timeout", "start_interval"])
    assert.equal(toldOf(processes(`{ test: x, ${key}: 50ms }`)), ['manifest/out-of-range 6 "50ms" is less than 100ms']);
  assert.equal(toldOf(processes("{ test: x, start_period: 0 }")), []);
  assert.match(toldOf(processes("{ test: x, on_failure: reboot }")).join(), /^manifest\/\S+ 6 /);
});

test.run();
