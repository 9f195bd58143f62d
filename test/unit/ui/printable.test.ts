import { test } from "uvu";
import * as assert from "uvu/assert";
import { printable, printableLines, printablePieces, printableText } from "../../../src/ui/printable.ts";

const shown: readonly (readonly [title: string, text: string, expected: string])[] = [
  ["plain text", "mounts: /tmp (64 MiB)", "mounts: /tmp (64 MiB)"],
  ["letters of the world", "größe 日本語 العربية 👍", "größe 日本語 العربية 👍"],
  ["an escape sequence", "\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"],
  ["a C1 control sequence introducer", "\x9b31m", "\\x9b31m"],
  ["line breaks, returns, tabs, NUL", "a\nb\rc\td\0e", "a\\nb\\rc\\td\\0e"],
  ["a backspace and a delete", "ok\x08\x7f", "ok\\x08\\x7f"],
  ["a right-to-left override", "user\u202etxt.exe", "user\\u{202e}txt.exe"],
  ["isolates and marks", "\u2066a\u2069\u200f", "\\u{2066}a\\u{2069}\\u{200f}"],
  ["what has no width", "a\u200bb\u00adc\ufeff", "a\\u{200b}b\\xadc\\u{feff}"],
  ["letters that show as nothing", "\u3164\u115f\uffa0\u2800", "\\u{3164}\\u{115f}\\u{ffa0}\\u{2800}"],
  ["tags beyond the first plane", "a\u{e0041}", "a\\u{e0041}"],
  ["a lone surrogate", "a\ud800b", "a\\u{d800}b"],
  ["line and paragraph separators", "a\u2028b\u2029", "a\\u{2028}b\\u{2029}"],
];

for (const [title, text, expected] of shown) test(`shows ${title}`, () => assert.is(printable(text), expected));

const hidden = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
] as const;
const harmful = (text: string) =>
  [...text].some((each) => hidden.some(([from, to]) => each >= String.fromCharCode(from) && each <= String.fromCharCode(to)));

test("lets no control or bidi character through, whatever the text", () => {
  const everything = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join("");
  assert.ok(harmful(everything), "the check would see one");
  assert.not(harmful(printable(everything)));
});

test("shows a line break of a terminal that comes in two pieces as one, and a return by itself", () => {
  const shows = printablePieces();
  assert.equal(["one\r", "\ntwo\r", "three\r\n", "four"].map(shows), ["one", "\ntwo", "\\rthree\n", "four"]);
});

test("keeps lines apart", () => {
  assert.equal(printableLines("one\r\n\ttwo\n\x1bthree\n"), ["one", "  two", "\\x1bthree"]);
});

test("what is passed on keeps its line breaks, also those of a terminal, and nothing that steers one", () => {
  assert.is(printableText("one\r\n\ttwo\rthree\n\x1b[2J"), "one\n\ttwo\\rthree\n\\x1b[2J");
});

test.run();
