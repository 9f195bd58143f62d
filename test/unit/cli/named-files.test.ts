import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withNamedFiles } from "../../../src/cli/named-files.ts";
import { noVariables } from "../../../src/manifest/variables.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

let directory = "";

test.before.each(() => {
  directory = mkdtempSync(join(tmpdir(), "cloister-include-"));
});
test.after.each(() => rmSync(directory, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

const following = { variables: noVariables, told: () => undefined };
const given = (name: string, text: string) => ({ name, path: join(directory, name), text });

/** The names in the order in which they are merged. */
function namesOf(...files: readonly ReturnType<typeof given>[]): readonly string[] {
  return withNamedFiles(files, following).files.map(({ name }) => name);
}

/** What is told: `code file:line message`, then the places beside. */
function toldOf(file: ReturnType<typeof given>): readonly string[] {
  try {
    withNamedFiles([file], following);
  } catch (error) {
    if (!(error instanceof CloisterError)) throw error;
    return error.diagnostics.map(({ code, message, at, also = [] }) =>
      [`${code} ${at?.file}:${at?.line} ${message.replaceAll(directory, "")}`, ...also.map((one) => `${one.at.file}:${one.at.line}`)].join(
        " | ",
      ),
    );
  }
  return [];
}

test("what is included comes before what includes it, in the order of the list, and once", () => {
  write({
    "a.yaml": "include: [sub/base.yaml]\n",
    "b.yaml": '{ "include": ["./sub/base.yaml", sub/../a.yaml] }\n',
    "sub/base.yaml": 'x-a: 1\n"incl\\x75de": [deep.yaml]\n',
    "sub/deep.yaml": "x-b: 2\n",
  });
  const main = given("main.yaml", "include: [a.yaml, b.yaml]\n");
  assert.equal(namesOf(main), ["sub/deep.yaml", "sub/base.yaml", "a.yaml", "b.yaml", "main.yaml"]);
  assert.equal(namesOf(given("plain.yaml", "name: x\n")), ["plain.yaml"]);
  assert.equal(namesOf(given("one.yaml", "x: 1"), given("two.yaml", "include: [a.yaml]")), [
    ...["one.yaml", "sub/deep.yaml", "sub/base.yaml", "a.yaml", "two.yaml"],
  ]);
  const [deep] = withNamedFiles([main], following).files;
  assert.is(deep?.directory, join(directory, "sub"));
});

test("a circle is told with each of its places", () => {
  write({ "a.yaml": "include:\n  - b.yaml\n", "b.yaml": "include: [./sub/../a.yaml]\n", "self.yaml": "include: [self.yaml]\n" });
  assert.equal(toldOf(given("main.yaml", "include: [a.yaml]\n")), [
    "manifest/include-circle b.yaml:1 sub/../a.yaml is included by what it includes | main.yaml:1 | a.yaml:2".replace("sub/../", ""),
  ]);
  assert.equal(toldOf(given("self.yaml", "include: [self.yaml]\n")), [
    "manifest/include-circle self.yaml:1 self.yaml is included by what it includes",
  ]);
});

test("what is missing, no file, or no text is told where it is included; a fifo keeps nobody waiting", () => {
  write({ "a.yaml": "include: [none.yaml]\n", "sub/x": "" });
  writeFileSync(join(directory, "binary.yaml"), Buffer.from([0xff, 0xfe, 0]));
  execFileSync("mkfifo", [join(directory, "pipe.yaml")]);
  assert.equal(toldOf(given("main.yaml", "include: [a.yaml, sub, binary.yaml, pipe.yaml]\n")), [
    "manifest/include a.yaml:1 there is no /none.yaml to include | main.yaml:1",
    "manifest/include main.yaml:1 /sub cannot be included",
    "manifest/include main.yaml:1 /binary.yaml cannot be included",
    "manifest/include main.yaml:1 /pipe.yaml cannot be included",
  ]);
});

test("a file that environments extend is read once, with what it includes and extends from itself", () => {
  write({
    "sub/base.yaml": "include: [more.yaml]\nenvironments:\n  a: { extends: { file: ../deep.yaml, environment: x } }\n",
    "sub/more.yaml": "x-a: 1\n",
    "deep.yaml": "environments:\n  x: { extends: { file: ./sub/base.yaml, environment: b } }\n",
  });
  const text =
    "environments:\n  a: { extends: { file: sub/base.yaml, environment: a } }\n  b: { extends: { file: ./sub/../sub/base.yaml, environment: b } }\n";
  const { files, bases } = withNamedFiles([given("main.yaml", text)], following);
  assert.equal(
    files.map(({ name, bases: own }) => [name, own]),
    [["main.yaml", { "sub/base.yaml": "sub/base.yaml", "./sub/../sub/base.yaml": "sub/base.yaml" }]],
  );
  assert.equal(
    Object.entries(bases).map(([name, of]) => [
      name,
      of.map((one) => [one.name, one.directory === join(directory, dirname(one.name)), one.bases]),
    ]),
    [
      ["deep.yaml", [["deep.yaml", true, { "./sub/base.yaml": "sub/base.yaml" }]]],
      [
        "sub/base.yaml",
        [
          ["sub/more.yaml", true, undefined],
          ["sub/base.yaml", true, { "../deep.yaml": "deep.yaml" }],
        ],
      ],
    ],
  );
  assert.equal(toldOf(given("main.yaml", "environments:\n  a:\n    extends: { file: none.yaml, environment: a }\n")), [
    "manifest/extends main.yaml:3 there is no /none.yaml to extend from",
  ]);
});

test("depth and number are limited", () => {
  write(Object.fromEntries([...Array(20).keys()].map((n) => [`${n}.yaml`, `include: [${n + 1}.yaml]\n`])));
  assert.match(toldOf(given("main.yaml", "include: [0.yaml]\n"))[0] ?? "", /^manifest\/include-limit 15\.yaml:1 .*more than 16 deep/);
  write(Object.fromEntries([...Array(101).keys()].map((n) => [`wide-${n}.yaml`, "x-a: 1\n"])));
  const wide = [...Array(101).keys()].map((n) => `wide-${n}.yaml`).join(", ");
  assert.equal(toldOf(given("main.yaml", `include: [${wide}]\n`)), ["manifest/include-limit main.yaml:1 more than 100 files are included"]);
});

test("what cannot be read as YAML includes nothing, and is told by the reading itself", () => {
  assert.equal(namesOf(given("main.yaml", "include: [a.yaml\n")), ["main.yaml"]);
  assert.equal(namesOf(given("main.yaml", "include: { a: b }\n")), ["main.yaml"]);
});

test.run();
