import { test } from "uvu";
import * as assert from "uvu/assert";
import { entryName, entryText, registration } from "../../../src/kernel/binfmt.ts";
import type { ElfMachine } from "../../../src/kernel/elf.ts";

const arm: ElfMachine = { name: "aarch64", bits: 64, order: "little", machine: 183 };
const s390: ElfMachine = { name: "s390x", bits: 64, order: "big", machine: 22 };

/** As \x7f\x45... */
function escaped(hex: string): string {
  return hex.replace(/../g, "\\x$&");
}

test("what is registered matches any executable of that processor, as Debian's own package has it", () => {
  const [magic, mask] = ["7f454c460201010000000000000000000200b700", "ffffffffffffff00fffffffffffffffffeffffff"];
  assert.is(registration(arm, "/usr/bin/qemu"), `:qemu-aarch64:M:0:${escaped(magic)}:${escaped(mask)}:/usr/bin/qemu:OPF`);
  assert.is(entryText(arm, "/usr/bin/qemu"), `enabled; interpreter /usr/bin/qemu; flags: POF; offset 0; magic ${magic}; mask ${mask}`);
});

test("where the highest byte comes first the halves of a file's header are turned round", () => {
  assert.match(entryText(s390, "/q"), /magic 7f454c4602020100000000000000000000020016; mask ffffffffffffff00fffffffffffffffffffeffff$/);
  assert.is(entryName(s390), "qemu-s390x");
});

test("32 bits are another class", () => {
  assert.match(entryText({ name: "arm", bits: 32, order: "little", machine: 40 }, "/q"), /magic 7f454c4601010100000000000000000002002800;/);
});

test.run();
