import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPids, readProc } from "../../../src/host/proc-reader.ts";
import { printedBy } from "../../../src/host/secret-command.ts";
import { until } from "../../support/until.ts";

/** What a command of sh printed, or what is told of it. */
function printed(text: string, { withinMs = 10_000, most = 64, withheld = new Set<string>() } = {}): string {
  const result = printedBy(["sh", "-c", text], { directory: "/", withheld, most, withinMs });
  return "bytes" in result ? Buffer.from(result.bytes).toString() : result.problem;
}

/** The processes that have this text in their command line. */
const having = (text: string) => readPids().filter((pid) => readProc(`/proc/${pid}/cmdline`).includes(text));

test("what it prints, byte by byte, without the variables that are secrets", () => {
  process.env.CLOISTER_TEST_SECRET = "hunter2";
  try {
    assert.is(printed('echo "$CLOISTER_TEST_SECRET $(pwd)"'), "hunter2 /\n");
    assert.is(printed('echo "$CLOISTER_TEST_SECRET $(pwd)"', { withheld: new Set(["CLOISTER_TEST_SECRET"]) }), " /\n");
  } finally {
    delete process.env.CLOISTER_TEST_SECRET;
  }
});

test("one that takes longer is ended with all that it has started, and what it printed is in no word of it", async () => {
  const begun = performance.now();
  assert.is(printed("echo topsecret; sleep 98751 & sleep 98752", { withinMs: 300 }), "has not ended within 0.3 s, and was ended");
  assert.ok(performance.now() - begun < 5_000);
  await until("their end", () => having("9875").length === 0);
});

test("what it leaves in the background ends with it, whether it ended by itself or printed too much", async () => {
  assert.is(printed("sleep 98753 >/dev/null & echo value"), "value\n");
  await until("its end", () => having("98753").length === 0);
  assert.is(printed("sleep 98754 & while :; do echo more than is allowed; done"), "prints more than 0.0625 KiB");
  await until("its end, too", () => having("98754").length === 0);
});

test("it is in our session, so that Ctrl-C reaches it; what has left that is somebody else's", async () => {
  const own = readProc("/proc/self/stat")
    .replace(/^.*\) /, "")
    .split(" ")[3];
  assert.is(printed("read -r stat </proc/$$/stat; set -- ${stat##*) }; echo $4"), `${own}\n`);
  assert.is(
    printed(
      'setsid sleep 98755 >/dev/null & until read -r stat </proc/$!/stat; set -- ${stat##*) }; [ "$4" = "$!" ]; do :; done; echo value',
    ),
    "value\n",
  );
  await until("the one that stays", () => having("98755").length === 1);
  for (const pid of having("98755")) process.kill(pid, "SIGKILL");
  await until("its end", () => having("98755").length === 0);
});

test.run();
