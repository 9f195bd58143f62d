import { test } from "uvu";
import * as assert from "uvu/assert";
import { DetachWatch, readDetachKeys, usualDetachKeys } from "../../../src/cli/detach-keys.ts";
import { CloisterError } from "../../../src/model/diagnostic.ts";

test("the flag holds over the variable; where neither says anything there are none", () => {
  assert.is(readDetachKeys(null, undefined), null);
  assert.is(readDetachKeys(null, ""), null);
  assert.equal(readDetachKeys(null, "ctrl-x")?.bytes, [0x18]);
  assert.equal(readDetachKeys("a,ctrl-@,ctrl-],ctrl-_", "ctrl-x")?.bytes, [0x61, 0x00, 0x1d, 0x1f]);
  assert.equal(readDetachKeys(usualDetachKeys.text, undefined), usualDetachKeys);
});

test("what is no key is refused, with what said it", () => {
  const cases = [
    ["ctrl-1", null, /--detach-keys is "ctrl-1", and "ctrl-1" is no key/],
    ["", null, /an empty word is no key/],
    ["ctrl-p,,a", null, /an empty word is no key/],
    ["shift-a", null, /"shift-a" is no key/],
    [null, "ctrl-ä", /CLOISTER_DETACH_KEYS is "ctrl-ä", and "ctrl-ä" is no key/],
  ] as const;
  for (const [flag, variable, message] of cases) {
    assert.throws(
      () => readDetachKeys(flag, variable ?? undefined),
      (error: unknown) =>
        error instanceof CloisterError && error.diagnostics.every((one) => one.code === "usage/invalid-value" && message.test(one.message)),
    );
  }
});

test("the keys are found wherever they begin, also cut and after their own beginning; the rest is passed on in order", () => {
  const cases: readonly (readonly [readonly string[], readonly string[], boolean, string])[] = [
    [["ab"], ["ab"], false, ""],
    [["a\u0010\u0011b"], ["a"], true, ""],
    [["\u0010", "\u0011"], ["", ""], true, ""],
    [["\u0010", "x"], ["", "\u0010x"], false, ""],
    [["\u0010\u0010\u0011"], ["\u0010"], true, ""],
    [["a\u0010"], ["a"], false, "\u0010"],
  ];
  for (const [typed, passed, isDetached, held] of cases) {
    const watch = new DetachWatch(usualDetachKeys);
    const found = typed.map((text) => watch.typed(Buffer.from(text)));
    assert.equal(
      found.map(({ pass }) => pass.toString()),
      passed,
    );
    assert.is(found.at(-1)?.isDetached, isDetached);
    if (isDetached) continue;
    assert.is(watch.isHolding(), held !== "");
    assert.is(watch.release().toString(), held);
  }
});

test.run();
