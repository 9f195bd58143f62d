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

/** The processes that have this text in their command line. */
const having = (text: string) => readPids().filter((pid) => readProc(`/proc/${pid}/cmdline`).includes(text));

test("a command that has a time ends by itself, with its variables and what it said", async () => {
  assert.is(await refusal('[ "$CLOISTER_SET_A" = "x y" ]', { environment: { CLOISTER_SET_A: "x y" } }), "");
  assert.is(await refusal("echo said; echo wrong >&2; exit 3"), "sh ended with 3: said\nwrong");
});

test("one that takes longer is ended with all that it has started", async () => {
  assert.is(await refusal("sleep 98761 & sleep 98762", { withinMs: 300 }), "it has not ended within 0.3 s, and was ended: ");
  await until("their end", () => having("9876").length === 0);
});

test("what one leaves behind is not waited for, though it holds its output", async () => {
  const begun = performance.now();
  assert.is(await refusal("sleep 98763 & exit 0"), "");
  assert.ok(performance.now() - begun < 5_000);
  for (const pid of having("98763")) spawnSync("kill", [String(pid)]);
});

test.run();
