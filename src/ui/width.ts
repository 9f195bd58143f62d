const ascii = /^[\x20-\x7e]*$/;

/** The columns that a printable text without colour takes on a terminal. */
export function width(text: string): number {
  if (ascii.test(text)) return text.length;
  // Here, and not above: to set up the tables of Unicode takes a millisecond, and most text needs none.
  const wide =
    /[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
  const zero = /[\p{Mn}\p{Me}]/u;
  let columns = 0;
  for (const character of text) columns += zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return columns;
}

/** `text` filled with blanks to `columns`; longer text is left as it is. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}
