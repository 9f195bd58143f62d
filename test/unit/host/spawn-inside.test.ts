import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { spawnInside } from "../../../src/host/spawn-inside.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

/** What is told of a supervisor in whose place a script runs: it writes the end into $1, and what it prints is the log. */
async function started(script: string): Promise<CloisterError | null> {
  const directory = mkdtempSync(join(tmpdir(), "cloister-spawn-"));
  const end = join(directory, "main.end");
  try {
    await spawnInside({
      command: ["sh", "-c", script, "sh", end],
      environment: {},
      log: join(directory, "main.log"),
      group: directory,
      end,
    });
    return null;
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    return error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a process that could not even be made inside is an error, also where the log says why after its end was written down", async () => {
  const error = await started('echo "1 - - 0 no 0 1 $$" >"$1"; sleep 0.2; echo "nsenter: no process can be made inside"');
  assert.is(error?.diagnostics[0]?.cause, "nsenter: no process can be made inside");
});

test("one that ended with 1 by itself has started, whether it said something or not", async () => {
  for (const words of ["", "echo failed; "]) assert.is(await started(`${words}echo "1 - - 0 no 0 1 $$" >"$1"`), null);
});

test.run();
