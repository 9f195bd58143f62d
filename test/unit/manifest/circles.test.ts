import { test } from "uvu";
import * as assert from "uvu/assert";
import { circlesOf } from "../../../src/manifest/circles.ts";

/** The circles of edges that are written `ab`. */
function circles(...edges: readonly string[]): readonly string[] {
  const all = edges.map((edge) => ({ from: edge.charAt(0), to: edge.charAt(1) }));
  return circlesOf(all).map((circle) => [...circle.map(({ from }) => from), circle.at(-1)?.to].join(""));
}

test("a circle is told once, as its path, whatever leads into it", () => {
  assert.equal(circles("ab", "bc", "ad", "dc"), []);
  assert.equal(circles("ab", "ba"), ["aba"]);
  assert.equal(circles("xa", "ab", "bc", "ca", "yc"), ["abca"]);
  assert.equal(circles("ab", "ba", "cd", "dc"), ["aba", "cdc"]);
  assert.equal(circles("ab", "ba", "bc", "cb"), ["aba", "bcb"]);
});

test("one that needs itself is not looked for here", () => {
  assert.equal(circles("aa", "ab"), []);
});

test("a chain of ten thousand is gone through, and its circle has all of them", () => {
  const chain = Array.from({ length: 10_000 }, (_, index) => ({ from: String(index), to: String(index + 1) }));
  assert.equal(circlesOf(chain), []);
  assert.is(circlesOf([...chain, { from: "10000", to: "0" }])[0]?.length, 10_001);
});

test.run();
