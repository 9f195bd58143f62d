import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** Runs the check of the generated files in a copy of the project, after `spoil`; code and words. */
function checkCopy(spoil: (directory: string) => void): { readonly code: number | null; readonly words: string } {
  const directory = mkdtempSync(join(tmpdir(), "cloister-generated-"));
  try {
    for (const name of ["src", "docs", "schemas", "package.json", "tsconfig.json"])
      cpSync(name, join(directory, name), { recursive: true });
    symlinkSync(resolve("node_modules"), join(directory, "node_modules"));
    spoil(directory);
    const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", "gen:check"], { cwd: directory, encoding: "utf8" });
    return { code: status, words: stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test("the generated files are what the generators make now", () => {
  const { code, words } = checkCopy(() => undefined);
  assert.is(code, 0, words);
});

for (const name of ["docs/manifest.md", "docs/errors.md", "src/model/manifest.gen.ts"]) {
  test(`an edit of ${name} by hand is found`, () => {
    const { code, words } = checkCopy((directory) => appendFileSync(join(directory, name), "\nby hand\n"));
    assert.is(code, 1);
    assert.ok(words.includes(name), words);
  });
}

test("an import that the diagram does not show is found", () => {
  const { code, words } = checkCopy((directory) => {
    appendFileSync(join(directory, "src/model/unreachable.ts"), 'import "../ui/printable.ts";\n');
  });
  assert.is(code, 1);
  assert.match(words, /docs\/ARCHITECTURE\.md/);
});

test("a class of the schema that its table does not show is found", () => {
  const { code, words } = checkCopy((directory) => {
    const path = join(directory, "docs/live-changes.md");
    writeFileSync(path, readFileSync(path, "utf8").replace("| `hostname` | in place |", "| `hostname` | recreate |"));
  });
  assert.is(code, 1);
  assert.match(words, /docs\/live-changes\.md/);
});

test("git has every generated file", () => {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" }).split("\n");
  for (const name of ["docs/manifest.md", "docs/errors.md", "docs/ARCHITECTURE.md", "src/model/manifest.gen.ts"])
    assert.ok(files.includes(name), name);
});

test.run();
