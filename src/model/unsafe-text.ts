/** Most text is of these alone; the tables of Unicode take a millisecond to set up. */
const ascii = /^[\x20-\x7e]*$/;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0" };

/** One line, in which every character that could act on a terminal is shown as an escape (`\n`, `\x1b`, `\u{202e}`). */
export function inOneLine(text: string): string {
  return withoutUnsafe(text, escapedCharacter);
}

/** Replaces what must not reach a terminal as it is, character by character. */
export function withoutUnsafe(text: string, show: (character: string) => string): string {
  if (ascii.test(text)) return text;
  // C0, C1, DEL; format characters (bidi controls, tags); lone surrogates; line and paragraph separators; private use; whatever is
  // drawn as nothing (zero-width, fillers, variation selectors) and the Braille blank.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{DI}\u2800]/gu, show);
}

/** A character as its escape. */
export function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return short[character] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
}
