/** Most text is of these alone; the tables of Unicode take a millisecond to set up. */
const ascii = /^[\x20-\x7e]*$/;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };

/**
 * Text from outside (files, tools, names) as it may reach a terminal: one line, in which every character that could move
 * the cursor, change the order of the text or hide is shown as an escape (`\n`, `\x1b`, `\u{202e}`).
 */
export function printable(text: string): string {
  return replaced(text, escaped);
}

/** As `printable`, with line breaks and tabs as they are: for text that is passed on as it comes. */
export function printableText(text: string): string {
  return replaced(text, (character) => (character === "\n" || character === "\t" ? character : escaped(character)));
}

/** As `printable`, for text of several lines: one string a line, a tab as two blanks, an ending line break dropped. */
export function printableLines(text: string): string[] {
  return text
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map((line) => printable(line.replaceAll("\t", "  ")));
}

/** Replaces what must not reach a terminal. */
function replaced(text: string, show: (character: string) => string): string {
  if (ascii.test(text)) return text;
  // C0, C1, DEL; format characters (bidi controls, tags); lone surrogates; line and paragraph separators; private use; whatever is
  // drawn as nothing (zero-width, fillers, variation selectors) and the Braille blank.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{DI}\u2800]/gu, show);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return short[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
}
