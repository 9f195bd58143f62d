import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemsOf } from "../support/source-rules.ts";

const sources = ["src", "test"].flatMap((top) => {
  const names = readdirSync(top, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts") && !name.includes(".gen.")).map((name) => join(top, name));
});

// This file and the rules name what they forbid.
const naming = ["test/house/style.test.ts", "test/support/source-rules.ts"];

test("the sources keep the rules that no linter knows", () => {
  assert.ok(sources.length > 30, `saw only ${sources.length} files`);
  const checked = sources.filter((path) => !naming.includes(path));
  const problems = checked.flatMap((path) => problemsOf(path, readFileSync(path, "utf8")));
  assert.ok(problems.length === 0, problems.join("\n"));
});

const broken: readonly [path: string, text: string, problem: RegExp][] = [
  ["src/host/file-utils.ts", "", /name says what is in it/],
  ["src/model/types.ts", "", /name says what is in it/],
  ["src/host/a.ts", "const a = 1; // TODO: more", /TODO: nothing is left for later/],
  ["src/host/a.ts", "// @ts-expect-error\nconst a: string = 1;", /@ts-expect-error: nothing/],
  ["src/host/a.ts", "let a: any;", /no `any`/],
  ["src/host/a.ts", "const a = b!.c;", /no `!`/],
  ["src/host/a.ts", "const a = b as string;", /no `as` but/],
  ["src/host/a.ts", "const a = <string>b;", /no `<T>x`/],
  ["src/host/a.ts", "enum A { B }", /no enums/],
  ["src/host/a.ts", "export default 1;", /no default exports/],
  ["src/host/a.ts", "/** A. */\nexport default function a() {}", /no default exports/],
  ["src/host/a.ts", 'export * from "./b.ts";', /no barrels/],
  ["src/host/a.ts", "export function a() {}", /one sentence/],
  ["src/host/a.ts", "// not a docstring\nexport const a = 1;", /one sentence/],
];

for (const [path, text, problem] of broken) {
  test(`finds in ${path}: ${JSON.stringify(text)}`, () => {
    const problems = problemsOf(path, text);
    assert.is(problems.length, 1, problems.join("\n"));
    assert.match(problems[0] ?? "", problem);
  });
}

test("lets pass what is allowed", () => {
  const text =
    '/** A list. */\nexport const a = ["b"] as const;\nexport type A = (typeof a)[number];\nimport * as c from "c";\nc.d({ as: 1 });\n';
  assert.equal(problemsOf("src/host/a.ts", text), []);
  assert.equal(problemsOf("src/manifest/validate.ts", "const a = b as C;"), []);
});

test.run();
