import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseReport } from "../../../src/host/isolation-attempts.ts";
import { deviceNumber } from "../../../src/host/proc-reader.ts";

test("what the program printed becomes attempts; the mount table and the root of its namespace stand apart", () => {
  const report = parseReport(
    [
      '{"probe":"namespace-root","outcome":"","detail":"65024:2"}',
      '{"probe":"mount-line","outcome":"","detail":"43 42 254:0 / / rw - ext4 /dev/vda rw"}',
      '{"probe":"mount-line","outcome":"","detail":"44 43 0:25 / /mnt ro - tmpfs none ro"}',
      '{"probe":"kill","outcome":"ESRCH","detail":"1"}',
    ].join("\n"),
  );
  assert.equal(report, {
    namespaceRoot: "65024:2",
    mountinfo: "43 42 254:0 / / rw - ext4 /dev/vda rw\n44 43 0:25 / /mnt ro - tmpfs none ro",
    attempts: [{ probe: "kill", outcome: "ESRCH", detail: "1" }],
  });
});

test("bytes are escaped one by one, and are UTF-8 again together", () => {
  const { attempts } = parseReport('{"probe":"init","outcome":"","detail":"\\u0022\\u00c3\\u00a4\\u000a\\u005c"}');
  assert.is(attempts[0]?.detail, '"ä\n\\');
});

test("lines that the program does not print so are left out", () => {
  assert.equal(parseReport('{"probe":"kill"}\nnonsense\n{"probe":"a","outcome":"","detail":"x"} {"probe"\n').attempts, []);
});

test("device numbers of mountinfo are those of stat(2)", () => {
  assert.is(deviceNumber("254:0"), 65024);
  assert.is(deviceNumber("0:51"), 51);
  assert.is(deviceNumber("8:300"), 0x10082c);
});

test.run();
