/** So much of a line is kept, in characters: who prints may be nobody to trust, and need not ever end it. */
const lineLimit = 8192;

/** The lines of what comes in pieces, without their ends; of one that is longer than the limit its beginning, and how much more there was. */
export async function* outputLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let line = "";
  let cut = 0;
  for await (const piece of pieces) {
    for (const [index, part] of decoder.decode(piece, { stream: true }).split("\n").entries()) {
      if (index > 0) {
        yield whole(line, cut);
        line = "";
        cut = 0;
      }
      const kept = part.slice(0, lineLimit - line.length);
      line += kept;
      cut += part.length - kept.length;
    }
  }
  if (line !== "") yield whole(line, cut);
}

function whole(line: string, cut: number): string {
  return cut === 0 ? line.replace(/\r$/, "") : `${line}... (${cut} more characters)`;
}
