import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseArguments } from "../../../src/cli/args.ts";
import { renderExitCodes, renderHelp, renderVerbHelp } from "../../../src/cli/help.ts";
import { verbAliases, verbNamed, verbNames } from "../../../src/cli/verb-names.ts";
import { verbs } from "../../../src/cli/verbs.ts";
import { cloister } from "../../support/command-line.ts";
import { golden } from "../../support/golden.ts";

test("the help of all verbs", () => golden("help/cloister.txt", renderHelp(verbs)));
test("the table of exit codes", () => golden("help/exit-codes.txt", renderExitCodes()));
for (const verb of verbs) test(`the help of ${verb.name}`, () => golden(`help/${verb.name}.txt`, renderVerbHelp(verb)));

test("every verb is there, with examples that begin with its own name", () => {
  assert.equal(verbs.map(({ name }) => name).sort(), [...verbNames].sort());
  for (const { name, examples, summary } of verbs) {
    assert.ok(examples.length > 0, name);
    for (const { command } of examples) assert.match(command, new RegExp(`cloister ${name}\\b`));
    assert.match(summary, /^[a-z].*[^.]$/);
  }
});

test("every example is a command line that the parser takes", () => {
  for (const { name, examples } of verbs) {
    for (const { command } of examples) {
      const own = command.split(/ (?:\||>)|>/).find((part) => part.includes(`cloister ${name}`)) ?? "";
      const words = own.trim().split(/\s+/).slice(1);
      assert.is(parseArguments(words, verbs).verb?.name, name, command);
    }
  }
});

test("no line of help is wider than a narrow terminal takes", () => {
  for (const text of [renderHelp(verbs), ...verbs.map(renderVerbHelp)]) {
    for (const line of text.split("\n").filter((each) => !each.includes("cloister "))) assert.ok(line.length <= 100, line);
  }
});

test("the launcher shows the help that the program would print, and leaves anything else to it", () => {
  const pairs = [
    [["--help"], ["--help", "--no-color"]],
    [
      ["plan", "--help"],
      ["plan", "--help", "--no-color"],
    ],
    [
      ["help", "apply"],
      ["help", "--no-color", "apply"],
    ],
    [
      ["up", "-h"],
      ["up", "-h", "-v"],
    ],
    [["--version"], ["--version", "--no-color"]],
  ] as const;
  for (const [quick, whole] of pairs) {
    const first = cloister(quick);
    assert.is(first.code, 0);
    assert.ok(first.out.length > 10);
    assert.equal(first, cloister(whole));
  }
  for (const topic of ["plna", "../loader.cjs", "/etc/passwd", ".", ""]) assert.is(cloister(["help", topic]).code, 64, topic);
});

test("aliases mean their verbs, and nothing else is one", () => {
  for (const [alias, name] of Object.entries(verbAliases)) assert.is(verbNamed(alias), name);
  assert.is(parseArguments(["up", "-y"], verbs).verb?.name, "apply");
  for (const word of ["constructor", "toString", "__proto__", "", "PLAN"]) assert.is(verbNamed(word), null);
});

test.run();
