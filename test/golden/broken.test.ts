import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../src/manifest/load.ts";
import type { ReadText } from "../../src/manifest/reading.ts";
import { renderDiagnostics } from "../../src/ui/code-frame.ts";
import { golden } from "../support/golden.ts";

const directory = "test/golden/broken";
const names = readdirSync(directory)
  .filter((name) => name.endsWith(".yaml"))
  .sort();

const envFiles = new Map([
  ["/work/site/app.env", "CLOISTER_X=1\n"],
  [
    "/work/site/broken.env",
    "# all sorts\nA=1\nB 2\n3=4\nC='not closed\n".replace("'not", "$UNSET\nD='a' b\nE=${A:?}${F:?must be there}\nG='not"),
  ],
]);

function readText(path: string): ReadText {
  if (path.includes("unreadable")) return { problem: "cannot be read (EACCES)" };
  const text = envFiles.get(path);
  return text === undefined ? null : { text };
}

for (const name of names) {
  test(`${basename(name, ".yaml")} gives every problem, with its place and what to do`, () => {
    const text = readFileSync(`${directory}/${name}`, "utf8");
    const exists = (path: string) => !path.includes("missing");
    const loaded = load({ sources: [{ path: name, text }], directory: "/work/site", exists, readText });
    assert.ok("diagnostics" in loaded, `${name} was taken as a manifest`);
    golden(
      `broken/${basename(name, ".yaml")}.txt`,
      renderDiagnostics(loaded.diagnostics, new Map([[name, text], ...envFiles]), { color: false }),
    );
  });
}

test("there is a broken manifest for every class of mistake", () => {
  assert.ok(names.length >= 45, `${names.length} broken manifests`);
});

test.run();
