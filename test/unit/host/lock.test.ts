import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Lock } from "../../../src/host/lock.ts";
import { isLocked, takeLock } from "../../../src/host/lock.ts";

const base = mkdtempSync(join(tmpdir(), "cloister-unit-"));
test.after(() => rmSync(base, { recursive: true }));

const path = join(base, "project.lock");

/** What says whether a lock is to be had, as the shim does. */
function told(say: () => Lock | null) {
  return {
    askOne: () => {
      const found = say();
      found?.remove();
      return Promise.resolve({ code: found === null ? 0 : 1, output: "", holder: { tell: () => undefined } });
    },
  };
}

test("a lock that is taken away with its file, just after it was found taken, is to be had", async () => {
  const holders: (Lock | null)[] = [await takeLock({ path, verb: "destroy", timeoutMs: 0 })];
  const assisted = told(() => holders.shift() ?? null);
  const lock = await takeLock({ path, verb: "apply", timeoutMs: 0, assisted });
  assert.is(holders.length, 0);
  lock.remove();
});

test("who has it is told", async () => {
  const lock = await takeLock({ path, verb: "destroy", timeoutMs: 0 });
  assert.ok(isLocked(path));
  const error: unknown = await takeLock({ path, verb: "apply", timeoutMs: 0 }).catch((thrown: unknown) => thrown);
  assert.match(String(error), /the project is locked by cloister destroy, pid \d+, since /);
  lock.remove();
});

test.run();
