import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../src/manifest/load.ts";
import type { Case } from "../support/class-cases.ts";
import { cases } from "../support/class-cases.ts";
import { caseName, manifestWith } from "../support/class-manifest.ts";
import { propertiesOf, readSchema } from "../support/schema-paths.ts";

const properties = propertiesOf(readSchema());

/** What is at fault between the fields of the schema and the cases of the live test: none may be without the other. */
function mismatches(fields: readonly string[], names: readonly string[]): readonly string[] {
  return [
    ...fields.filter((field) => !names.includes(field)).map((field) => `${field} has no case`),
    ...names.filter((name) => !fields.includes(name)).map((name) => `${name} is no field`),
  ];
}

test("every field of the schema has a case in test/support/class-cases.ts, and every case is of a field", () => {
  const fields = properties.map(({ path }) => caseName(path));
  assert.equal(mismatches(fields, Object.keys(cases)), []);
  assert.equal(mismatches([...fields, "new"], Object.keys(cases)), ["new has no case"]);
  assert.equal(mismatches(fields.slice(1), Object.keys(cases)), ["api_version is no field"]);
});

/** Everything that stands at a path, as JSON: `*` is every name. */
function at(path: readonly string[], value: unknown): readonly unknown[] {
  const [key, ...rest] = path;
  if (key === undefined) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (key === "*" || key === name ? at(rest, inner) : []));
}

/** What is in other files, which are not read here. */
const otherFiles = /"include":\[[^\]]*\],?|,"extends":\{[^}]*\}/;

for (const { path, node } of properties) {
  const name = caseName(path);
  test(`the case of ${name} changes it, from one manifest to another`, () => {
    const found: Case | undefined = cases[name];
    assert.ok(found);
    const texts = [found.before, found.after].map((declared) => manifestWith(found, declared, { command: ["true"] }));
    const [before, after] = texts.map((text) => JSON.stringify(at(path, JSON.parse(text))));
    const only = Array.isArray(node.enum) && node.enum.length === 1;
    if (!only) assert.is.not(before, after);
    for (const text of texts) {
      const loaded = load({ sources: [{ path: "cloister.yaml", text: text.replace(otherFiles, "") }], directory: "/srv" });
      assert.equal("diagnostics" in loaded ? loaded.diagnostics.map(({ message }) => message) : [], []);
    }
  });
}

test.run();
