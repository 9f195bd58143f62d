import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPids, readProc } from "../../../src/host/proc-reader.ts";
import { neededFunctions, shellFunctions } from "../../../src/plan/script/functions.ts";
import { until } from "../../support/until.ts";

/** How a line of a script ends, in each shell that scripts are for. */
function run(shell: string, line: string) {
  const functions = neededFunctions(line).map((name) => shellFunctions[name]);
  const script = [...functions, "at='web: a hook'", line].join("\n");
  // Of a socket bash would think that it was started by rshd, and read its startup file.
  const { status, stdout, stderr } = spawnSync(shell, ["-euc", script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { status, stdout, stderr };
}

/** The processes that have this text in their command line, but for the shells that were given all of it. */
const having = (text: string) => readPids().filter((pid) => readProc(`/proc/${pid}/cmdline`).split("\0").slice(0, 2).join(" ") === text);

for (const shell of ["dash", "bash"]) {
  test(`${shell}: what ends in its time has its own code and output`, () => {
    assert.equal(run(shell, "timed 500 sh -c 'echo said; exit 3' || echo \"$?\""), { status: 0, stdout: "said\n3\n", stderr: "" });
    assert.equal(run(shell, "timed 500 true; echo on"), { status: 0, stdout: "on\n", stderr: "" });
  });

  test(`${shell}: what takes longer is ended with all that it has started, in a session of its own, too`, async () => {
    // As what is run inside: in a session of its own, with something that it has left to another parent.
    const text = "(sleep 98743 &); sleep 98744";
    const begun = performance.now();
    const { status, stderr } = run(shell, `timed 30 setsid sh -c '${text}' || exit "$?"`);
    assert.equal([status, stderr], [124, "cloister: web: a hook: it has not ended in its time, and was ended\n"]);
    assert.ok(performance.now() - begun < 5_000);
    await until("their end", () => ["98743", "98744"].every((seconds) => having(`sleep ${seconds}`).length === 0));
  });
}

test.run();
