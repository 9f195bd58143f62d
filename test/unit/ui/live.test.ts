import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { buildSync } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** Tells the sample events to the reporter that a terminal gets, a moment apart, and returns all that the terminal got. */
function onTerminal(): string {
  const directory = mkdtempSync(join(tmpdir(), "cloister-live-"));
  try {
    const program = `
      import { reporterFor } from ${JSON.stringify(resolve("src/ui/reporter.ts"))};
      import { sampleEvents } from ${JSON.stringify(resolve("test/support/sample-events.ts"))};
      const reporter = await reporterFor({ mode: "auto", isTerminal: true, color: true, verbose: false, write: (text) => process.stdout.write(text) });
      for (const event of sampleEvents) {
        reporter.report(event);
        await new Promise((shown) => setTimeout(shown, 5));
      }
      await reporter.close();
    `;
    const compiled = join(directory, "program.mjs");
    const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
    const stdin = { contents: program, resolveDir: process.cwd(), loader: "ts" } as const;
    buildSync({ stdin, bundle: true, platform: "node", format: "esm", target: "node20.19", outfile: compiled, banner });
    const runner = join(directory, "run.sh");
    writeFileSync(runner, `stty cols 100 rows 40; exec ${process.execPath} ${compiled}\n`);
    const { status, stdout } = spawnSync("script", ["-qec", `sh ${runner}`, "/dev/null"], {
      encoding: "utf8",
      input: "",
      env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color" },
    });
    assert.is(status, 0, stdout);
    return stdout.replaceAll("\r\n", "\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const seen = onTerminal();
const text = stripVTControlCharacters(seen);

test("each group has a line that moves, with what it is doing", () => {
  assert.match(text, /roots\["2b1f33d0"\]: waiting/);
  assert.match(text, /fetching packages 62%: apt/);
  assert.match(text, /\[4\/10\] mount \/srv/);
});

test("when one of several steps is done, what still runs is told again", () => {
  const frames = [...text.matchAll(/\[(\d)\/10\]/g)].map(([, step = ""]) => step);
  assert.is(frames.filter((step, index) => step !== frames[index - 1]).join(" "), "2 3 2 4");
});

test("the last frame says how each ended", () => {
  const last = text.slice(text.lastIndexOf('roots["2b1f33d0"]: 1 to create, done in 14.9 s'));
  assert.match(last, /web: failed, 3 of 10 steps done\n.*db: skipped, web failed\n/);
});

test("errors and the count follow once the terminal is free again", () => {
  assert.match(
    text,
    /error internal\/bug: mount \/srv failed\n {2}hint: check the source\n {2}> mount: \\x1b\[31mdenied\n1 done, 1 failed, 1 skipped in 15\.4 s\n[^a-z]*$/,
  );
});

test("the cursor is shown again, and nothing from outside moved it", () => {
  assert.ok(seen.lastIndexOf("\x1b[?25h") > seen.lastIndexOf("\x1b[?25l"));
  assert.not(seen.includes("\x1b[2J"), "detail of a build");
  assert.ok(seen.includes("\\x1b[2J"));
});

test.run();
