import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { diagnosticCodes } from "../../src/model/diagnostic.ts";

const codes = Object.keys(diagnosticCodes);

function texts(directory: string, ends: RegExp): ReadonlyMap<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name));
  return new Map(names.filter((name) => ends.test(name)).map((name) => [name, readFileSync(name, "utf8")]));
}

// The tables of codes and the generated files name every code without throwing it.
const isTable = (name: string) => /^src\/model\/(diagnostic|[a-z]+-codes)\.ts$/.test(name);
const sources = [...texts("src", /\.(ts|sh|pl)$/)].filter(([name]) => !isTable(name) && !name.includes(".gen."));
const shown = [...texts("test", /\.(test\.ts|txt|json|yaml|md|out|golden|ndjson)$/)].filter(([name]) => !name.startsWith("test/house/"));

/** A code stands in quotes where it is thrown; what a test shows has it as a word. */
const thrown = (code: string) => sources.some(([, text]) => new RegExp(`["'\`]${code}["'\`]|error ${code}:`).test(text));
const tested = (code: string) => shown.some(([, text]) => new RegExp(`(^|[^a-z/-])${code}($|[^a-z/-])`, "m").test(text));

test("every code is thrown somewhere", () => {
  assert.ok(codes.length > 10);
  const unused = codes.filter((code) => !thrown(code));
  assert.ok(unused.length === 0, `never thrown: ${unused.join(", ")}`);
});

test("every code is shown in a test", () => {
  const untested = codes.filter((code) => !tested(code));
  assert.ok(untested.length === 0, `in no test: ${untested.join(", ")}`);
});

test("the search would miss a code that is nowhere", () => {
  assert.not(thrown("manifest/no-such-code-at-all"));
  assert.not(tested("manifest/no-such-code-at-all"));
});

test("codes are area/slug, in order", () => {
  assert.equal(
    codes.filter((code) => !/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(code)),
    [],
  );
  assert.equal(codes, [...codes].sort());
});

test("every code says when it is shown and what to do, as half a sentence", () => {
  for (const [code, { when, fix }] of Object.entries(diagnosticCodes)) {
    for (const text of [when, fix]) assert.match(text, /^[^A-Z\s][^\n]{10,}[^.\s]$/, `${code}: ${text}`);
  }
});

test.run();
