import { readFileSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { driftKinds, kindsTable } from "../support/drift-kinds.ts";

const page = "docs/drift.md";
const section = /(?<=<!-- kinds: .* -->\n\n)[\s\S]*(?=\n\n<!-- end of kinds -->)/;

test(`${page} has the kinds of drift that are tried, and no others; CLOISTER_UPDATE_GOLDEN=1 npm test -- house/drift writes them`, () => {
  const text = readFileSync(page, "utf8");
  if (env.CLOISTER_UPDATE_GOLDEN === "1")
    writeFileSync(
      page,
      text.replace(section, () => kindsTable()),
    );
  else assert.fixture(section.exec(text)?.[0] ?? "", kindsTable());
});

test("each kind has a name of its own", () => {
  const names = driftKinds.map(({ name }) => name);
  assert.equal(names, [...new Set(names)]);
  assert.ok(names.length >= 35);
});

test.run();
