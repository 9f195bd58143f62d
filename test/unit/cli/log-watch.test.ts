import fs, { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { watchLogs } from "../../../src/cli/log-watch.ts";
import { until } from "../../support/until.ts";

test("a directory of logs that goes just as it is looked at is one that is not there yet", async () => {
  const base = mkdtempSync(join(tmpdir(), "cloister-unit-"));
  const directory = join(base, "web");
  const { statSync } = fs;
  let goes = 1;
  const looking = (...words: Parameters<typeof statSync>) => {
    const found = statSync(...words);
    if (words[0] === directory && found !== undefined && goes-- > 0) rmdirSync(directory);
    return found;
  };
  Object.assign(fs, { statSync: looking });
  syncBuiltinESMExports();
  const told: string[] = [];
  try {
    mkdirSync(directory);
    const path = join(directory, "main.log");
    const watching = watchLogs([path], { changed: (paths) => told.push(...paths), anew: () => undefined, failed: assert.unreachable });
    try {
      assert.is(goes, 0);
      mkdirSync(directory);
      await until("it is watched", () => told.length > 0);
      told.length = 0;
      writeFileSync(path, "line\n");
      await until("what is written there is told", () => told.includes(path));
    } finally {
      watching.close();
    }
  } finally {
    Object.assign(fs, { statSync });
    syncBuiltinESMExports();
    rmSync(base, { recursive: true });
  }
});

test.run();
