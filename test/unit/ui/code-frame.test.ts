import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { renderDiagnostics } from "../../../src/ui/code-frame.ts";

const at = (line: number, column: number, length = 1) => ({ file: "web.yaml", line, column, length });
const error = (given: Partial<Diagnostic>): Diagnostic => ({ code: "internal/bug", severity: "error", message: "it is wrong", ...given });

function check(diagnostics: readonly Diagnostic[], source: string, expected: string): void {
  const lines = expected.split("\n").slice(1, -1);
  const indent = /^ */.exec(lines[0] ?? "")?.[0].length ?? 0;
  const wanted = lines.map((line) => `${line.slice(indent)}\n`).join("");
  assert.is(renderDiagnostics(diagnostics, new Map([["web.yaml", source]]), { color: false }), wanted);
}

test("shows the line, marks the place, says the hint behind it", () => {
  check(
    [error({ at: at(2, 3, 4), hint: 'did you mean "size"?' })],
    "a:\n  sise: 64M\n",
    `
    error internal/bug: it is wrong
      web.yaml:2:3
      2 |   sise: 64M
        |   ^^^^ did you mean "size"?
  `,
  );
});

test("says nothing of a cause that is empty", () => {
  check(
    [error({ hint: "look", cause: "" })],
    "",
    `
    error internal/bug: it is wrong
      hint: look
  `,
  );
});

test("says the hint alone where there is no line to show", () => {
  check(
    [error({ hint: "look" }), error({ at: { ...at(9, 1), file: "other.yaml" }, hint: "there" })],
    "",
    `
    error internal/bug: it is wrong
      hint: look

    error internal/bug: it is wrong
      other.yaml:9:1
      hint: there
  `,
  );
});

test("shows other places with a word on each, and the cause as it came, made harmless", () => {
  check(
    [error({ at: at(10, 1, 2), also: [{ message: "first here", at: at(1, 1, 2) }], cause: "mount: \x1b[1mno\ttabs\nsecond line\n" })],
    `ab: 1\n${"\n".repeat(8)}ab: 2\r\n`,
    `
    error internal/bug: it is wrong
      web.yaml:10:1
      10 | ab: 2
         | ^^
      web.yaml:1:1 first here
      1 | ab: 1
        | ^^
      > mount: \\x1b[1mno  tabs
      > second line
  `,
  );
});

test("marks the right columns behind tabs, wide letters and escapes", () => {
  check(
    [error({ at: at(1, 5, 2) })],
    "\t日\x1bxyz",
    `
    error internal/bug: it is wrong
      web.yaml:1:5
      1 |   日\\x1bxyz
        |          ^^
  `,
  );
});

test("cuts a long line around the place", () => {
  const text = renderDiagnostics([error({ at: at(1, 5001, 3) })], new Map([["web.yaml", `${"x".repeat(5000)}bad${"y".repeat(5000)}`]]), {
    color: false,
  });
  const [, , line = "", marks = ""] = text.split("\n");
  assert.ok(line.length < 120, line);
  assert.is(line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1), "bad");
});

test("keeps only the last lines of a long cause", () => {
  const cause = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`).join("\n");
  const text = renderDiagnostics([error({ cause })], new Map(), { color: false });
  assert.match(text, /> \(28 lines before\)\n {2}> line 29\n/);
  assert.match(text, /> line 40\n$/);
});

test("a message cannot break out of its line or colour the rest", () => {
  const text = renderDiagnostics([error({ message: "a\nerror: \x1b[32mok\u202e", hint: "b\nc" })], new Map(), { color: true });
  assert.is(text.split("\n").length, 3);
  assert.not(text.includes("\x1b[32m") || text.includes("\u202e"), text);
});

test("warnings are named so; nothing gives nothing", () => {
  assert.is(renderDiagnostics([error({ severity: "warning" })], new Map(), { color: false }), "warning internal/bug: it is wrong\n");
  assert.is(renderDiagnostics([], new Map(), { color: false }), "");
});

test.run();
