import { shellWord } from "../../model/shell.ts";
import type { Text } from "../../model/step.ts";
import { inOneLine } from "../../model/unsafe-text.ts";

const columns = 120;

/** A command of these words (each quoted as it must be), on lines of some length. */
export function command(...words: readonly string[]): string {
  let line = "";
  const lines: string[] = [];
  for (const word of words) {
    const [first = "", ...rest] = word.split("\n");
    if (line !== "" && line.length + first.length + 1 > columns - 2) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
    if (rest.length > 0) line = tail(lines, line);
  }
  return checked([...lines, line].join("\n"));
}

/** The last line of a text, the others moved to `lines`. */
function tail(lines: string[], text: string): string {
  const all = text.split("\n");
  lines.push(...all.slice(0, -1));
  return all.at(-1) ?? "";
}

/** As `command`, of a function or program and its arguments. */
export function call(name: string, ...words: readonly Text[]): string {
  return command(name, ...words.map(shellWord));
}

/** Assignments that stand before a command, for it alone. */
export function assignments(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`${name} is no name of a variable`);
    return `${name}=${shellWord(value)}`;
  });
}

/** A comment of one line, whatever the text holds. */
export function comment(text: string): string {
  return `# ${inOneLine(text)}`.trimEnd();
}

/** What shellcheck takes for a slip, and is meant: data stays as it is. */
const meant: readonly (readonly [code: string, found: RegExp])[] = [
  ["SC1003", /\\'/],
  ["SC1110", /[\u201c\u201d\u2033\u2036]/],
  ["SC1111", /[\u201c\u201d\u2033\u2036]/],
  ["SC1112", /[\u2018\u2019]/],
  ["SC2016", /'[^']*[$`]/],
  ["SC2088", /['"]~/],
];

function checked(text: string): string {
  // A quote in single quotes is no backslash before one.
  const seen = text.replaceAll("'\\''", "");
  const codes = meant.filter(([, found]) => found.test(seen)).map(([code]) => code);
  return codes.length === 0 ? text : `# shellcheck disable=${codes.join(",")}\n${text}`;
}
