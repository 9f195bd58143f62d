import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startPiped } from "../../support/piped.ts";
import { until } from "../../support/until.ts";

test("what a command has printed is there for who asks for it after the command's end, as long as somebody may print more", async () => {
  const directory = mkdtempSync(join(tmpdir(), "cloister-unit-"));
  try {
    // What it leaves behind has the same output.
    const script = "(until [ -e go ]; do sleep 0.02; done; echo late) & echo first; exit 3";
    const rig = { directory, env: { PATH: env.PATH ?? "" }, command: () => ["sh", "-c", script] as const };
    const piped = startPiped(rig, []);
    await piped.shows(/first/);
    await until("its end", () => piped.child.exitCode !== null);
    const late = piped.shows(/late/);
    late.catch(() => undefined);
    await startPiped({ ...rig, command: () => ["touch", "go"] as const }, []).end();
    await late;
    assert.is(await piped.end(), 3);
    const nothing: unknown = await piped.shows(/nothing/).catch((error: unknown) => error);
    assert.match(String(nothing), /it ended with 3 and showed only: first\nlate\n/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
