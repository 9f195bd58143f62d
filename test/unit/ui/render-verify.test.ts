import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Finding } from "../../../src/model/isolation.ts";
import { renderVerify } from "../../../src/ui/render-verify.ts";
import { verifyDocument } from "../../../src/ui/verify-json.ts";

const passed: Finding = {
  id: "ids/root",
  title: "root is nobody",
  rule: "S02",
  result: "pass",
  evidence: "uid 0 is uid 1879048192",
  hint: null,
};
const failed: Finding = {
  id: "ids/range",
  title: "it has a range",
  rule: "S02",
  result: "fail",
  evidence: "uid_map\t0 0 1\x1b[31m",
  hint: "map more",
};
const other: Finding = {
  id: "limits/cpus",
  title: "limited",
  rule: "H1",
  result: "not-applicable",
  evidence: "none was asked for",
  hint: null,
};

test("claims stand by area, what was found with its evidence and remedy below it", () => {
  const text = renderVerify({ environment: "web", pid: 7, unsafe: [], findings: [passed, failed, other] }, { color: false, columns: null });
  assert.is(
    text,
    [
      "ids",
      "  pass  root is nobody  S02       uid 0 is uid 1879048192",
      "  FAIL  it has a range  S02",
      "          found: uid_map\\t0 0 1\\x1b[31m",
      "          mend:  map more",
      "",
      "limits",
      "  n/a   limited         H1        none was asked for",
      "",
      "web (pid 7) is NOT isolated: 1 finding, 1 passed, 1 not applicable",
      "",
    ].join("\n"),
  );
});

test("evidence of what passed is cut to the terminal, that of findings never", () => {
  const text = renderVerify({ environment: null, pid: 7, unsafe: [], findings: [passed, failed] }, { color: false, columns: 44 });
  assert.match(text, /S02 {7}uid 0 is…\n/);
  assert.match(text, "uid_map\\t0 0 1\\x1b[31m");
  assert.match(text, "process 7 is NOT isolated");
});

test("no finding: isolated, in one line", () => {
  const text = renderVerify({ environment: "web", pid: 7, unsafe: [], findings: [passed, other] }, { color: false, columns: 80 });
  assert.ok(text.endsWith("\nweb (pid 7) is isolated: 1 passed, 1 not applicable\n"));
});

test("what the manifest marks as unsafe stands in the sum", () => {
  const text = renderVerify({ environment: "web", pid: 7, unsafe: ["host-pid"], findings: [passed] }, { color: false, columns: 80 });
  assert.ok(text.endsWith("\nweb (pid 7) is isolated but for unsafe host-pid: 1 passed, 0 not applicable\n"));
});

test("JSON says the same", () => {
  const document = verifyDocument([{ environment: "web", pid: 7, unsafe: [], findings: [passed, failed, other] }]);
  assert.is(document.schema, "cloister/verify/v1");
  assert.is(document.isolated, false);
  assert.equal(document.environments, [
    {
      name: "web",
      pid: 7,
      unsafe: [],
      counts: { pass: 1, fail: 1, not_applicable: 1 },
      checks: [passed, failed, { ...other, result: "not_applicable" }],
    },
  ]);
});

test.run();
