import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareParts, extraIn, listed } from "../../../src/resources/part.ts";

test("what a list holds beyond another is told, also where it only holds it once more", () => {
  const [want, have] = [{ routes: listed(["a", "b"]) }, { routes: listed(["b", "a", "b", "c"]) }];
  assert.equal(extraIn(have, "routes", ["a", "b"]), ["b", "c"]);
  assert.equal(compareParts(want, have), [{ field: "routes", want: "nothing more", have: "b; c" }]);
  assert.equal(compareParts(want, { routes: listed(["b", "a"]) }), []);
});

test.run();
