import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assistants } from "../../../src/host/assistant.ts";
import { machineOf } from "../../../src/host/machine.ts";
import { changeNetwork } from "../../../src/host/short-command.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import type { Step } from "../../../src/model/step.ts";
import { clearingSteps, insideStep, linkStep, macvlanStep } from "../../../src/resources/nat-steps.ts";
import { captured } from "../../support/captured.ts";

const { askOne } = assistants(machineOf(resolve("src/host/shim.pl")));

/** What a step says that is done for this process. */
async function refusal(
  make: (scope: ReturnType<typeof captured>["scope"]) => Step | undefined,
  pid: number,
  start: string,
): Promise<string | undefined> {
  const { scope } = captured();
  const step = make({ ...scope, keeper: { ...scope.keeper, pid, start } });
  if (step?.type === "run") {
    const [file = "", ...words] = step.command.map(String);
    const { status, stderr } = spawnSync(file, words, { encoding: "utf8", input: "link show\n" });
    return status === 1 ? stderr.trimEnd() : `code ${status}`;
  }
  if (step?.type !== "network") throw new Error("nothing is done");
  try {
    await changeNetwork({ lines: step.lines, inside: { pid: String(pid), start } }, askOne);
  } catch (error) {
    if (error instanceof CloisterError) return error.diagnostics[0]?.cause;
    throw error;
  }
  return "it was done";
}

test("a process that is another one, or has the host's network, is not entered and nothing is taken from it", async () => {
  const stat = readFileSync(`/proc/${process.pid}/stat`, "utf8");
  const start = stat.replace(/^.*\) /s, "").split(" ")[19] ?? "";
  const steps = [
    (scope: Parameters<typeof insideStep>[0]) => insideStep(scope, ["gone lo"]),
    (scope: Parameters<typeof insideStep>[0]) => clearingSteps(scope, ["route del default"])[0],
    (scope: Parameters<typeof insideStep>[0]) => linkStep(scope, { bridge: "none", mtu: 1500 }, []),
    (scope: Parameters<typeof insideStep>[0]) => macvlanStep(scope, { parent: "none", mtu: 1500 }, []),
  ];
  for (const make of steps) {
    for (const [pid, begun] of [
      [process.pid, start],
      [process.pid, "1"],
      [2 ** 22 + 1, start],
    ] as const)
      assert.is(await refusal(make, pid, begun), `process ${pid} is not there any more, or is the host's`);
  }
});

test.run();
