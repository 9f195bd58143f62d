import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPids, readProc } from "../../../src/host/proc-reader.ts";
import { runCommand } from "../../../src/host/run.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";
import { until } from "../../support/until.ts";

const request = { progress: null, log: null, tolerates: [], input: null, onProgress: () => undefined } as const;

/** What a command is refused with; "" where it is not. */
async function refusal(text: string, { withinMs = 10_000, environment = {} } = {}): Promise<string> {
  try {
    await runCommand({ ...request, command: ["sh", "-c", text], environment, withinMs });
    return "";
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    const [{ message = "", cause = "" } = {}] = error.diagnostics;
    return `${message}: ${cause}`;
  }
}

/** What one that only waits is refused with: its code and all that is told. */
async function waited(text: string, isAsked = () => false): Promise<readonly (string | undefined)[]> {
  try {
    await runCommand({ ...request, command: ["sh", "-c", text], waits: isAsked });
    return [];
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    return error.diagnostics.flatMap(({ code, message, cause }) => [code, message, cause]);
  }
}

/** The processes that have this text in their command line. */
const having = (text: string) => readPids().filter((pid) => readProc(`/proc/${pid}/cmdline`).includes(text));

test("a command that has a time ends by itself, with its variables and what it said", async () => {
  assert.is(await refusal('[ "$CLOISTER_SET_A" = "x y" ]', { environment: { CLOISTER_SET_A: "x y" } }), "");
  assert.is(await refusal("echo said; echo wrong >&2; exit 3"), "it ended with 3: said\nwrong");
});

test("one that takes longer is ended with all that it has started", async () => {
  assert.is(await refusal("echo said; sleep 98761 & sleep 98762", { withinMs: 300 }), "it has not ended within 0.3 s, and was ended: said");
  await until("their end", () => having("9876").length === 0);
});

test("what one leaves behind is not waited for, though it holds its output", async () => {
  const begun = performance.now();
  assert.is(await refusal("sleep 98763 & exit 0"), "");
  assert.ok(performance.now() - begun < 5_000);
  for (const pid of having("98763")) spawnSync("kill", [String(pid)]);
});

test("one that only waits tells in a line what has not come about, and under it what there is to show", async () => {
  assert.equal(await waited("exit 0"), []);
  assert.equal(await waited("echo db/x has ended; exit 1"), ["engine/process-ended", "db/x has ended", undefined]);
  assert.equal(await waited("printf 'db/x is unhealthy\\nno\\nanswer\\n'; exit 124"), [
    "engine/timeout",
    "db/x is unhealthy",
    "no\nanswer",
  ]);
  assert.equal(await waited("echo oops >&2; exit 127"), ["engine/step-failed", "sh ended with 127", "oops"]);
});

test("one that only waits is ended as soon as that is asked for, with all that it has started", async () => {
  let isAsked = false;
  const ended = waited("echo waiting; sleep 98764; true", () => isAsked);
  await until("it", () => having("98764").some((pid) => readProc(`/proc/${pid}/comm`) === "sleep\n"));
  isAsked = true;
  assert.equal(await ended, ["engine/step-failed", "sh ended with SIGKILL", "waiting"]);
  assert.equal(having("98764"), []);
});

test.run();
