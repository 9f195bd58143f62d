import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { env, execPath } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Runs test files, given by name and body, with the runner that runs this one; everything happens in a directory of its own. */
function run(files: Readonly<Record<string, string>>, more: NodeJS.ProcessEnv = {}): Run {
  const directory = mkdtempSync(join(tmpdir(), "cloister-runner-"));
  try {
    cpSync("package.json", join(directory, "package.json"));
    symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
    mkdirSync(join(directory, "test/unit"), { recursive: true });
    symlinkSync(resolve("test/support"), join(directory, "test/support"));
    for (const [name, body] of Object.entries(files)) {
      writeFileSync(
        join(directory, "test/unit", `${name}.test.ts`),
        `import { test } from "uvu";\nimport * as assert from "uvu/assert";\n${body}\n`,
      );
    }
    const { CI: _, ...rest } = env;
    const { status, stdout } = spawnSync(execPath, [resolve("dist/test/support/run.js")], {
      cwd: directory,
      env: { ...rest, ...more },
      encoding: "utf8",
    });
    return { code: status, lines: stdout.trimEnd().split("\n") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const pass = 'test("passes", () => assert.is(1, 1));\ntest.run();';

test("tests that pass are counted, and the count is the last line", () => {
  const { code, lines } = run({ one: pass, two: `test("another", () => undefined);\n${pass}` });
  assert.is(lines.at(-1), "3 passed, 0 failed");
  assert.is(code, 0);
});

test("no test at all is a failure", () => {
  const { code, lines } = run({});
  assert.is(lines.at(-1), "0 passed, 1 failed");
  assert.is(code, 1);
});

/** Ways to fail, each with what the runner must say of it. A file that passes stands between them: it must still be counted. */
const ways: Readonly<Record<string, readonly [body: string, said: RegExp]>> = {
  assertion: ['test("is wrong", () => assert.is(1, 2));\ntest.run();', /FAIL unit\/assertion {2}0 of 1/],
  "before-hook": [`test.before(() => { throw new Error("hook"); });\n${pass}`, /FAIL unit\/before-hook {2}0 of 1/],
  "does-not-compile": ["const = 1;", /FAIL unit\/does-not-compile\.test\.ts: /],
  empty: ["assert.ok(true); test;", /FAIL unit\/empty: it ran no test/],
  exits: ['test("exits", () => process.exit(0));\ntest.run();', /FAIL unit\/exits: its process ended early \(code 0\)/],
  "not-run": ['test("is forgotten", () => undefined);', /FAIL unit\/not-run: it ran no test/],
  "too-slow": [
    '// timeout: 1 s\ntest("waits", () => new Promise((done) => setTimeout(done, 60_000)));\ntest.run();',
    /FAIL unit\/too-slow: not finished after 1 s/,
  ],
  throws: ['throw new Error("at the top");', /FAIL unit\/throws: its process ended early/],
  unhandled: [
    'test("leaves a rejection", async () => { Promise.reject(new Error("late")); await new Promise((done) => setTimeout(done, 50)); });\ntest.run();',
    /FAIL unit\/unhandled: its process ended early/,
  ],
  "z-stays-open": [`setInterval(() => undefined, 1000);\n${pass}`, /FAIL unit\/z-stays-open: its process did not end within 5 s/],
};

test("whatever goes wrong in a file is a failure of that file, and of no other", () => {
  const bodies = Object.entries(ways).flatMap(([name, [body]]) => [
    [name, body],
    [`${name}-next`, pass],
  ]);
  // The last file of a process is the one that is told when it does not end.
  const { code, lines } = run(Object.fromEntries(bodies.filter(([name]) => name !== "z-stays-open-next")));
  const printed = lines.join("\n");
  for (const [, said] of Object.values(ways)) assert.match(printed, said);
  for (const name of Object.keys(ways)) if (name !== "z-stays-open") assert.match(printed, `ok   unit/${name}-next  1 of 1`);
  assert.is(lines.at(-1), "10 passed, 10 failed");
  assert.is(code, 1);
});

// apt-get is looked for along PATH, so without one there is no mirror.
const skipping = 'import { needs } from "../support/needs.ts";\nneeds(test, "a package mirror")("fetches", () => undefined);\n';

test("what needs something that is not here is skipped by name", () => {
  const { code, lines } = run({ one: skipping + pass }, { PATH: "/nowhere" });
  assert.match(lines.join("\n"), /unit\/one: fetches: needs a package mirror \(.*apt-get update\)/);
  assert.is(lines.at(-1), "1 passed, 0 failed, 1 skipped");
  assert.is(code, 0);
});

test("in CI it fails instead", () => {
  const { code, lines } = run({ one: skipping + pass }, { PATH: "/nowhere", CI: "true" });
  assert.match(lines.join("\n"), /in CI nothing is skipped: fetches: needs a package mirror/);
  assert.is(lines.at(-1), "1 passed, 1 failed");
  assert.is(code, 1);
});

test("any other skip fails in CI too", () => {
  const { lines } = run({ one: `test.skip("later", () => undefined);\n${pass}` }, { CI: "true" });
  assert.is(lines.at(-1), "1 passed, 1 failed, 1 skipped");
});

test.run();
