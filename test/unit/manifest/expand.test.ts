import { test } from "uvu";
import * as assert from "uvu/assert";
import { expand, expansionBudget } from "../../../src/manifest/expand.ts";

const values: Readonly<Record<string, string>> = { A: "a", EMPTY: "", B_2: "b", DOLLAR: "$A ${A}", lower: "l" };
const expanded = (text: string) => expand(text, (name) => values[name], expansionBudget());
const textOf = (text: string) => {
  const { text: result, fault } = expanded(text);
  return fault === null ? result : fault.message;
};

// As compose has them: https://docs.docker.com/reference/compose-file/interpolation/
const forms: readonly (readonly [text: string, result: string])[] = [
  ["plain", "plain"],
  ["$A", "a"],
  ["${A}", "a"],
  ["$A-$B_2.$lower", "a-b.l"],
  ["${A}${B_2}", "ab"],
  ["$$A", "$A"],
  ["$$$A", "$a"],
  ["$$$$", "$$"],
  ["$${A:-x}", "${A:-x}"],
  ["$EMPTY|${EMPTY}", "|"],
  ["${UNSET:-d}", "d"],
  ["${UNSET-d}", "d"],
  ["${EMPTY:-d}", "d"],
  ["${EMPTY-d}", ""],
  ["${A:-d}${A-d}", "aa"],
  ["${UNSET:-}", ""],
  ["${UNSET:+r}", ""],
  ["${EMPTY:+r}", ""],
  ["${EMPTY+r}", "r"],
  ["${A:+r}${A+r}", "rr"],
  ["${A:?e}${A?e}", "aa"],
  ["${EMPTY?e}", ""],
  ["${UNSET:-${A}}", "a"],
  ["${UNSET:-${ALSO:-${A}}-$B_2}", "a-b"],
  ['${UNSET:-{"a": {}}}', '{"a": {}}'],
  ["${UNSET:-$$A}", "$A"],
  ["${A:+${B_2}}", "b"],
  // What is not needed need not be set, and what a variable holds is not looked at again.
  ["${A:-${UNSET}}", "a"],
  ["${UNSET:+${ALSO}}", ""],
  ["$DOLLAR", "$A ${A}"],
];

test("every form of a variable", () => {
  for (const [text, result] of forms) assert.is(textOf(text), result, text);
});

const faults: readonly (readonly [text: string, message: string])[] = [
  ["$UNSET", "variable UNSET is not set"],
  ["${UNSET}", "variable UNSET is not set"],
  ["${UNSET:?say it}", "variable UNSET is not set: say it"],
  ["${EMPTY:?say $A}", "variable EMPTY is empty: say a"],
  ["${UNSET?}", "variable UNSET is not set"],
  ["${UNSET:-${ALSO}}", "variable ALSO is not set"],
  ["$", "a $ begins no variable"],
  ["$1", "a $ begins no variable"],
  ["$(date)", "a $ begins no variable"],
  ["${", "a variable that was opened with ${ is not closed"],
  ["${A", "a variable that was opened with ${ is not closed"],
  ["${A:-${B_2}", "a variable that was opened with ${ is not closed"],
  ["${}", "${} names no variable"],
  ["${1}", "${1} names no variable"],
  ["${A B}", "${A B} is no variable"],
  ["${A:}", "${A:} is no variable"],
  ["${A#x}", "${A#x} is no variable"],
  ["${A:-$(x)}", "a $ begins no variable"],
];

test("what is no variable, or is not set, is said", () => {
  for (const [text, message] of faults) assert.is(textOf(text), message, text);
});

test("what is referred to is told, in parts that are not needed as well", () => {
  assert.equal(expanded("$A ${UNSET:-${B_2-x}} ${A:-${ALSO:?y}}").references, [
    { name: "A", operator: "", operand: null },
    { name: "UNSET", operator: ":-", operand: "${B_2-x}" },
    { name: "B_2", operator: "-", operand: "x" },
    { name: "A", operator: ":-", operand: "${ALSO:?y}" },
    { name: "ALSO", operator: ":?", operand: "y" },
  ]);
});

test("defaults lie at most 16 deep in each other, and all texts together become at most 1 MiB", () => {
  const nested = (depth: number) => `${"${U:-".repeat(depth)}x${"}".repeat(depth)}`;
  assert.is(textOf(nested(16)), "x");
  assert.is(textOf(nested(17)), "defaults lie more than 16 deep in each other");
  const budget = expansionBudget();
  const kilobytes = () => expand("$V", () => "v".repeat(1024), budget).fault?.message ?? null;
  for (let count = 0; count < 1024; count += 1) assert.is(kilobytes(), null);
  assert.is(kilobytes(), "variables become more than 1 MiB of text");
});

test.run();
