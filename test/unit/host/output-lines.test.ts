import { test } from "uvu";
import * as assert from "uvu/assert";
import { outputLines } from "../../../src/host/output-lines.ts";

async function linesOf(...pieces: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const bytes = pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece));
  const lines: string[] = [];
  for await (const line of outputLines(
    (async function* () {
      yield* bytes;
    })(),
  ))
    lines.push(line);
  return lines;
}

test("lines come whole out of whatever pieces they came in", async () => {
  assert.equal(await linesOf("one\ntw", "o\r\n\nth", "ree"), ["one", "two", "", "three"]);
  assert.equal(await linesOf(Uint8Array.of(0xc3), Uint8Array.of(0xa9, 0x0a)), ["é"]);
  assert.equal(await linesOf("one\n"), ["one"]);
  assert.equal(await linesOf(), []);
});

test("of a line without an end only its beginning is kept", async () => {
  const piece = "x".repeat(5000);
  assert.equal(await linesOf(piece, piece, piece, "\nshort\n"), [`${"x".repeat(8192)}... (6808 more characters)`, "short"]);
  assert.equal(await linesOf(`${"x".repeat(8192)}\n`), ["x".repeat(8192)]);
});

test.run();
