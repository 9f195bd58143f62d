import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../src/manifest/load.ts";
import { renderDiagnostics } from "../../src/ui/code-frame.ts";
import { golden } from "../support/golden.ts";

const directory = "test/golden/broken";
const names = readdirSync(directory)
  .filter((name) => name.endsWith(".yaml"))
  .sort();

for (const name of names) {
  test(`${basename(name, ".yaml")} gives every problem, with its place and what to do`, () => {
    const text = readFileSync(`${directory}/${name}`, "utf8");
    const loaded = load({ sources: [{ path: name, text }], directory: "/work/site", exists: (path) => !path.includes("missing") });
    assert.ok("diagnostics" in loaded, `${name} was taken as a manifest`);
    golden(`broken/${basename(name, ".yaml")}.txt`, renderDiagnostics(loaded.diagnostics, new Map([[name, text]]), { color: false }));
  });
}

test("there is a broken manifest for every class of mistake", () => {
  assert.ok(names.length >= 45, `${names.length} broken manifests`);
});

test.run();
