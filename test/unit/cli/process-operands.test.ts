import { test } from "uvu";
import * as assert from "uvu/assert";
import { namedProcess, selectProcesses } from "../../../src/cli/process-operands.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import { sampleScope } from "../../support/sample-scope.ts";

const scope = sampleScope("processes: { nginx: { command: [nginx] }, worker: { command: [worker] } }");
const selected = (...operands: readonly string[]) => selectProcesses(operands.map(namedProcess), [scope]).map(({ names }) => names);

test("an environment stands for all of its processes, in the order of the manifest, each once", () => {
  assert.equal(selected("web"), [["nginx", "worker"]]);
  assert.equal(selected("web/worker"), [["worker"]]);
  assert.equal(selected("web/worker", "web", "web/nginx"), [["nginx", "worker"]]);
});

test("what was applied last and is not in the manifest any more has a name still", () => {
  const { last } = { last: sampleScope("command: [old]").environment };
  assert.equal(
    selectProcesses([namedProcess("web/main")], [{ ...scope, last }]).map(({ names }) => names),
    [["main"]],
  );
});

test("every process that is not there is told, with the nearest name", () => {
  try {
    selected("web/ngnix", "web/");
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    const told = error.diagnostics.map(({ code, message, hint }) => `${code}: ${message}; ${hint}`);
    assert.equal(told, [
      'usage/unknown-process: web has no process "ngnix"; did you mean "nginx"?',
      'usage/unknown-process: web has no process ""; there are nginx, worker',
    ]);
    return;
  }
  assert.unreachable();
});

test.run();
