import { escapedCharacter, inOneLine, withoutUnsafe } from "../model/unsafe-text.ts";

/**
 * Text from outside (files, tools, names) as it may reach a terminal: one line, in which every character that could move
 * the cursor, change the order of the text or hide is shown as an escape (`\n`, `\x1b`, `\u{202e}`).
 */
export function printable(text: string): string {
  return inOneLine(text);
}

/** As `printable`, with line breaks and tabs as they are, those of a terminal too: for text that is passed on as it comes. */
export function printableText(text: string): string {
  return withoutUnsafe(text.replaceAll("\r\n", "\n"), (character) =>
    character === "\n" || character === "\t" ? character : escapedCharacter(character),
  );
}

/** As `printableText`, for text that comes in pieces: a line break of a terminal may come in two. */
export function printablePieces(): (piece: string) => string {
  let held = "";
  return (piece) => {
    const text = held + piece;
    held = text.endsWith("\r") ? "\r" : "";
    return printableText(text.slice(0, text.length - held.length));
  };
}

/** As `printable`, for text of several lines: one string a line, a tab as two blanks, an ending line break dropped. */
export function printableLines(text: string): string[] {
  return text
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map((line) => printable(line.replaceAll("\t", "  ")));
}
