import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseKeys } from "../../../src/kernel/keyring.ts";

// Linux 6.18, read by root.
const text = `066efc1f I--Q---     1 perm 3f030000     0     0 keyring   _ses: empty
0f3fb86c I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: empty
1aa3c569 I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: empty
`;

test("keys have a serial, an owner, a type and a description", () => {
  assert.equal(parseKeys(text)[2], { serial: 0x1aa3c569, uid: 0, type: "keyring", description: "_uid.0: empty" });
  assert.is(parseKeys(text).length, 3);
});

test("what is no key is left out", () => {
  assert.equal(parseKeys("nonsense\n\n"), []);
});

test.run();
