import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { env } from "node:process";
import * as assert from "uvu/assert";

/**
 * Asserts that `actual` is the text of `test/golden/NAME`. With `CLOISTER_UPDATE_GOLDEN=1` the file is written instead, and the
 * difference is read in `git diff`; in CI that is refused.
 */
export function golden(name: string, actual: string): void {
  const path = join("test/golden", name);
  if (env.CLOISTER_UPDATE_GOLDEN === "1") {
    assert.is.not(env.CI, "true", "golden files are not rewritten in CI");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  assert.ok(existsSync(path), `${path} is not there; CLOISTER_UPDATE_GOLDEN=1 npm test -- golden writes it`);
  assert.fixture(actual, readFileSync(path, "utf8"), `${path} differs; if that is meant: CLOISTER_UPDATE_GOLDEN=1 npm test -- golden`);
}
