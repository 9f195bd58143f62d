import { resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assistants } from "../../../src/host/assistant.ts";
import { machineOf } from "../../../src/host/machine.ts";
import { runShort } from "../../../src/host/short-command.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

const { askOne } = assistants(machineOf(resolve("src/host/shim.pl")));

function run(
  script: string,
  { input = null, tolerates = [] }: { readonly input?: string | null; readonly tolerates?: readonly number[] } = {},
) {
  return runShort({ command: ["sh", "-c", script], input, tolerates, lasts: false }, askOne);
}

async function failure(script: string, input: string | null = null): Promise<CloisterError> {
  try {
    await run(script, { input });
  } catch (error) {
    if (error instanceof CloisterError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

test("a command that ends with 0, or with what is tolerated, has been run", async () => {
  await run("exit 0");
  await run("exit 3", { tolerates: [3] });
});

test("one that fails is told with its code and what it printed on both streams", async () => {
  const { diagnostics } = await failure("echo out; echo ' . 0'; echo '. 0'; printf bad >&2; exit 4");
  assert.equal(diagnostics[0]?.message, "sh ended with 4");
  assert.equal(diagnostics[0]?.cause, "out\n . 0\n. 0\nbad");
});

test("its standard input is what it is given, also where that is more than a pipe holds, or nothing", async () => {
  assert.equal((await failure("wc -c; exit 1", "x".repeat(300_000))).diagnostics[0]?.cause, "300000");
  assert.equal((await failure("wc -c; exit 1")).diagnostics[0]?.cause, "0");
});

test("one that a signal ends is told by the code that shells give it, and the next one is run", async () => {
  assert.equal((await failure("kill -9 $$")).diagnostics[0]?.message, "sh ended with 137");
  await run("exit 0");
});

test("nothing of the caller's environment comes along", async () => {
  assert.equal((await failure("env | cut -d= -f1 | sort | tr '\\n' ' '; pwd; exit 1")).diagnostics[0]?.cause, "LC_ALL PATH PWD /");
});

test.run();
