import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import { fileEvents } from "../../../src/engine/watch/files.ts";
import { until } from "../../support/until.ts";

test("what is written before a directory is listened to is told, too: of the first ones, and of those that come later", async () => {
  const base = mkdtempSync(join(tmpdir(), "cloister-unit-"));
  const [first, later] = [join(base, "one", "a.yaml"), join(base, "two", "b.yaml")];
  for (const name of ["one", "two"]) mkdirSync(join(base, name));
  let told = 0;
  const events = await fileEvents(() => {
    told += 1;
  });
  try {
    for (const paths of [[first], [first, later]]) {
      told = 0;
      events.follow(paths);
      // Nothing is listened to as yet: that takes a turn of the loop.
      writeFileSync(paths.at(-1) ?? "", "");
      await until("it is told", () => told > 0);
    }
    told = 0;
    events.follow([first, later]);
    writeFileSync(first, "more");
    await until("an event of what is listened to", () => told > 0);
  } finally {
    await events.close();
    rmSync(base, { recursive: true });
  }
});

test.run();
