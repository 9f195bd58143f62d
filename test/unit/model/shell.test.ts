import { test } from "uvu";
import * as assert from "uvu/assert";
import { shownWords } from "../../../src/model/shell.ts";

test("a command is shown so that each of its words is seen", () => {
  assert.is(shownWords(["sleep", "1000"]), "sleep 1000");
  assert.is(shownWords(["echo", "", "a b", "c"]), 'echo "" "a b" c');
  assert.is(shownWords(["sh", "-c", "one\ntwo", "don't"]), `sh -c "one\ntwo" don't`);
});

test.run();
