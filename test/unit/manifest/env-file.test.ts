import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseEnvFile } from "../../../src/manifest/env-file.ts";
import { expansionBudget } from "../../../src/manifest/expand.ts";
import { variablesOf } from "../../../src/manifest/variables.ts";

const outside: Readonly<Record<string, string>> = { HOME: "/root", TAKEN: "outside" };

function read(text: string) {
  const { values, problems } = parseEnvFile({ path: "a.env", text }, { find: (name) => outside[name], budget: expansionBudget() });
  return {
    values: Object.fromEntries([...values].map(([name, { value }]) => [name, value])),
    lines: [...values.values()].map(({ at }) => at.line),
    problems: problems.map(({ at, message }) => `${at?.line} ${message}`),
  };
}

test("lines, comments, quotes and escapes", () => {
  const text = [
    "\ufeff# a comment",
    "",
    "PLAIN=value of words  # not this",
    "  export EXPORTED = yes ",
    "EMPTY=",
    "COMMENT= # nothing",
    "HASH=a#b",
    "SINGLE='as $HOME \\n # it is'",
    'DOUBLE="a\\tb \\"c\\" \\\\ \\$HOME $HOME" # more',
    "LINES='one",
    "two'",
    'MORE="one',
    'two"\r',
    "CARRIAGE=return\r",
    "EQUALS=a=b",
    "LAST=1",
    "LAST=2",
  ].join("\n");
  assert.equal(read(text).values, {
    PLAIN: "value of words",
    EXPORTED: "yes",
    EMPTY: "",
    COMMENT: "",
    HASH: "a#b",
    SINGLE: "as $HOME \\n # it is",
    DOUBLE: 'a\tb "c" \\ $HOME /root',
    LINES: "one\ntwo",
    MORE: "one\ntwo",
    CARRIAGE: "return",
    EQUALS: "a=b",
    LAST: "2",
  });
  assert.equal(read(text).problems, []);
  assert.equal(read(text).lines, [3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 17]);
});

test("variables come from outside first, then from the lines above; a name alone takes what is outside", () => {
  assert.equal(read("A=a\nB=${A}b$HOME\nTAKEN=inside\nC=$TAKEN\nD=${NONE:-d}\nHOME\nNONE\n").values, {
    ...{ A: "a", B: "ab/root", TAKEN: "inside", C: "outside", D: "d", HOME: "/root" },
  });
});

test("every line that sets nothing is told", () => {
  assert.equal(read("A B\n1=2\nA-B=1\n=x\nC='x\n").problems, [
    '1 "A B" sets no variable',
    '2 "1=2" sets no variable',
    '3 "A-B=1" sets no variable',
    '4 "=x" sets no variable',
    "5 a value that was opened with a quote is not closed",
  ]);
  assert.equal(read("A=$NONE\nB='a'b\nC=a\0b\n").problems, [
    "1 variable NONE is not set",
    "2 something stands behind the quote that ends the value",
    "3 C has a NUL byte in it",
  ]);
  assert.is(read("x y\n".repeat(100)).problems.length, 20);
  assert.equal(read(`A=${"a".repeat(131_072)}\n`).problems, ["1 A has more than 128 KiB"]);
});

test("the environment holds over env files, a later file over an earlier one; they are read once, and only when they are needed", () => {
  let reads = 0;
  const variables = variablesOf({ HOME: "/root", SET: undefined }, () => {
    reads += 1;
    return [
      { path: "one.env", text: "HOME=/home\nA=1\nB=1\n" },
      { path: "two.env", text: "A=2\nC=${B}${HOME}\n" },
    ];
  });
  assert.equal(variables.find("HOME"), { value: "/root", from: "environment" });
  assert.is(reads, 0);
  assert.is(variables.find("A")?.value, "2");
  assert.equal(variables.find("B"), { value: "1", from: { file: "one.env", line: 3, column: 1, length: 3 } });
  assert.is(variables.find("C")?.value, "1/root");
  assert.is(variables.find("SET"), null);
  assert.is(variables.find("toString"), null);
  assert.is(reads, 1);
  assert.equal(variables.problems(), []);
});

test.run();
