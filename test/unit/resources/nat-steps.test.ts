import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Step } from "../../../src/model/step.ts";
import { clearingSteps, insideStep, linkStep, macvlanStep } from "../../../src/resources/nat-steps.ts";
import { captured } from "../../support/captured.ts";

/** What a step says that is run for this process. */
function refusal(make: (scope: ReturnType<typeof captured>["scope"]) => Step | undefined, pid: number, start: string): readonly unknown[] {
  const { scope } = captured();
  const step = make({ ...scope, keeper: { ...scope.keeper, pid, start } });
  if (step?.type !== "run") throw new Error("nothing is run");
  const [file = "", ...words] = step.command.map(String);
  const { status, stderr } = spawnSync(file, words, { encoding: "utf8", input: "link show\n" });
  return [status, stderr];
}

test("a process that is another one, or has the host's network, is not entered and nothing is taken from it", () => {
  const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
  const start = stat.replace(/^.*\) /s, "").split(" ")[19] ?? "";
  const steps = [
    (scope: Parameters<typeof insideStep>[0]) => insideStep(scope, []),
    (scope: Parameters<typeof insideStep>[0]) => clearingSteps(scope, ["route del default"])[0],
    (scope: Parameters<typeof insideStep>[0]) => linkStep(scope, { bridge: "none", mtu: 1500 }),
    (scope: Parameters<typeof insideStep>[0]) => macvlanStep(scope, { parent: "none", mtu: 1500 }),
  ];
  for (const make of steps) {
    for (const [pid, begun] of [
      [process.pid, start],
      [process.pid, "1"],
      [2 ** 22 + 1, start],
    ] as const)
      assert.equal(refusal(make, pid, begun), [1, `process ${pid} is not there any more, or is the host's\n`]);
  }
});

test.run();
