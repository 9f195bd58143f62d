import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../src/manifest/load.ts";
import { manifestOf, manifestText, toldOf } from "../support/manifest.ts";
import { propertiesOf, readSchema } from "../support/schema-paths.ts";

const text = readFileSync("docs/compose.md", "utf8");
const [, whole = "", service = ""] = text.split(/^## (?:The whole file|A service)$/m);
const keys = new Set(propertiesOf(readSchema()).map(({ path }) => path.join(".")));

/** The rows of a table that map a key of compose. */
function rows(part: string): readonly { readonly key: string; readonly here: string; readonly remark: string }[] {
  return [...part.matchAll(/^\| `([a-z_]+)` \| (none|`[^`]+`) \|(.*)\|$/gm)].map(([, key = "", here = "", remark = ""]) => ({
    key,
    here: here.replaceAll("`", "").replace("NAME", "*"),
    remark,
  }));
}

const ofWhole = rows(whole);
const ofService = rows(service);

test("every row of the page is read, each key once and in order", () => {
  const lines = service.split("\n").filter((line) => line.startsWith("| `"));
  const named = ofService.map(({ key }) => key);
  assert.is(named.length, lines.length);
  assert.ok(named.length > 90 && ofWhole.length === 9, `${named.length}, ${ofWhole.length}`);
  assert.equal(named, [...new Set(named)].sort());
});

for (const { key, here } of ofWhole) {
  test(`${key} of the file is ${here}`, () => assert.is(keys.has(here === "none" ? key : here), here !== "none"));
}

for (const { key, here, remark } of ofService) {
  test(`${key} of a service is ${here}`, () => {
    if (here === "none") {
      assert.not(keys.has(`environments.*.${key}`), "it is there now");
      const told = toldOf(`${key}: 1`);
      assert.is(told.length, 1);
      assert.match(told[0] ?? "", /^manifest\/unknown-key /);
    } else {
      assert.ok(keys.has(`environments.*.${here}`), `${here} is no key`);
      if (here !== key) assert.ok(here.replace("*", "NAME").startsWith(hinted(key)), `${key} is hinted to be ${hinted(key)}`);
    }
    for (const [, named = ""] of remark.matchAll(/`((?:network|rootfs|security|resources|mounts|processes)\.[a-zA-Z_.]+)`/g)) {
      assert.ok(keys.has(`environments.*.${named.replace("NAME", "*")}`), `${named} is no key`);
    }
  });
}

/** What an environment that has a key of compose's is told to have instead. */
function hinted(key: string): string {
  const loaded = load({ sources: [{ path: "web.yaml", text: manifestText(`${key}: 1`) }], directory: "/work/site" });
  const [only, ...others] = "manifest" in loaded ? [] : loaded.diagnostics;
  assert.equal([only?.code, others], ["manifest/unknown-key", []]);
  return (
    /^(?:cloister's word is (\S+)|did you mean "(\S+)"\?)$/
      .exec(only?.hint ?? "")
      ?.slice(1)
      .find(Boolean) ?? `no hint: ${only?.hint}`
  );
}

test("the manifest that it shows is one", () => {
  const [, shown = ""] = /^```yaml\n(api_version[\s\S]*?)^```$/m.exec(text) ?? [];
  assert.equal([...manifestOf(shown).environments.keys()], ["web"]);
});

test.run();
