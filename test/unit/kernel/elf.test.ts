import { openSync, readSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { elfHeaderBytes, parseElfHeader } from "../../../src/kernel/elf.ts";
import { architectureOfMachine } from "../../../src/model/architecture.ts";
import { architectureOfElf } from "../../../src/resources/interpreter.ts";

/** The header of a program: its class, order of bytes, machine and flags, as elf(5) lays them out. */
function header(bits: 32 | 64, order: "little" | "big", [machine, flags = 0]: readonly [number, number?]): Buffer {
  const bytes = Buffer.alloc(elfHeaderBytes);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, order === "little" ? 1 : 2, 1]);
  if (order === "little") bytes.writeUInt16LE(machine, 18);
  else bytes.writeUInt16BE(machine, 18);
  const at = bits === 32 ? 36 : 48;
  if (order === "little") bytes.writeUInt32LE(flags, at);
  else bytes.writeUInt32BE(flags, at);
  return bytes;
}

function told(bytes: Buffer): string | null {
  const parsed = parseElfHeader(bytes);
  return parsed === null ? "no program" : architectureOfElf(parsed);
}

test("a program says what it is for, by Debian's name; the two of arm by how they pass numbers", () => {
  assert.equal(
    [
      ...[
        header(64, "little", [62]),
        header(64, "little", [183]),
        header(32, "little", [3]),
        header(64, "big", [22]),
        header(64, "little", [243]),
      ],
      ...[header(32, "little", [40, 0x5000400]), header(32, "little", [40, 0x5000200])],
      ...[header(64, "little", [21]), header(64, "little", [8])],
    ].map(told),
    ["amd64", "arm64", "i386", "s390x", "riscv64", "armhf", "armel", "ppc64el", "mips64el"],
  );
  // What has no name here: alpha, and a powerpc whose highest byte comes first.
  assert.equal([header(64, "little", [0x9026]), header(64, "big", [21])].map(told), [null, null]);
});

test("what is no program says nothing", () => {
  assert.equal([Buffer.from("#!/bin/sh\n"), Buffer.alloc(0), header(64, "little", [62]).subarray(0, 30)].map(told), [
    "no program",
    "no program",
    "no program",
  ]);
  const damaged = header(64, "little", [62]);
  damaged[4] = 7;
  assert.is(told(damaged), "no program");
});

test("the program that runs this says what this machine is", () => {
  const bytes = Buffer.alloc(elfHeaderBytes);
  readSync(openSync(process.execPath, "r"), bytes);
  assert.is(told(bytes), architectureOfMachine(process.arch));
});

test.run();
