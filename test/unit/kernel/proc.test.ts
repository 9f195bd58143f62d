import { test } from "uvu";
import * as assert from "uvu/assert";
import { capabilityNumbers, parseCapabilityMask } from "../../../src/kernel/capability.ts";
import { formatIdMap, parseIdMap } from "../../../src/kernel/idmap.ts";
import { parseNamespaceLink, parseTimeOffsets } from "../../../src/kernel/namespace.ts";
import { parseColonLines, parseEnviron, parseLimits, parseStat, totalMemory } from "../../../src/kernel/proc.ts";
import { resourceLimits } from "../../../src/kernel/rlimit.ts";

const stat = (comm: string) =>
  `680 (${comm}) S 679 678 678 34816 -1 4194560 333 0 0 0 0 0 0 0 20 0 1 0 975555 1036288 144 18446744073709551615 4198400 4702017`;

test("a process by its stat, whatever it calls itself", () => {
  for (const comm of ["catatonit", "a b", ") R 1 2", "((", "x)\n(y"]) {
    assert.equal(parseStat(stat(comm)), {
      pid: 680,
      comm,
      state: "S",
      ending: false,
      ended: false,
      parent: 679,
      session: 678,
      tty: 34816,
      start: "975555",
    });
  }
  assert.is(parseStat(stat("a").replace("4194560", "4194564"))?.ending, true);
  // Only the first thread of it has ended, then all have.
  const zombie = stat("a").replace(") S ", ") Z ").replace("4194560", "4194564");
  const [threaded, over] = [parseStat(zombie.replace(" 1 0 975555", " 2 0 975555")), parseStat(zombie)];
  assert.equal([threaded?.ending, threaded?.ended, over?.ending, over?.ended], [false, false, true, true]);
  for (const text of ["", "680", "680 (x", "680 (x) S 1"]) assert.is(parseStat(text), null);
});

test("an environ: the first of two of a name counts, as for getenv; what is no assignment does not", () => {
  const found = parseEnviron("A=1\0B=x=y\0A=2\0nothing\0=empty\0C=\0");
  assert.equal(
    [...found],
    [
      ["A", "1"],
      ["B", "x=y"],
      ["C", ""],
    ],
  );
});

test("names and values, and the memory of the host", () => {
  const meminfo = "MemTotal:       24684092 kB\nMemFree:        23021492 kB\nHugePages_Total:       0\n";
  assert.is(parseColonLines(meminfo).get("MemFree"), "23021492 kB");
  assert.is(totalMemory(meminfo), 24684092 * 1024);
  assert.is(totalMemory(""), null);
});

test("resource limits, by the labels that the kernel prints", () => {
  const text = [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max cpu time              unlimited            unlimited            seconds   ",
    "Max core file size        0                    unlimited            bytes     ",
    "Max processes             96365                96366                processes ",
    "Max nice priority         0                    0                    ",
    "Max realtime timeout      unlimited            unlimited            us        ",
  ];
  const limits = parseLimits(`${text.join("\n")}\n`);
  assert.equal(limits.get("Max core file size"), { soft: 0, hard: -1 });
  assert.equal(limits.get("Max processes"), { soft: 96365, hard: 96366 });
  assert.equal(limits.get("Max nice priority"), { soft: 0, hard: 0 });
  const labels = Object.values(resourceLimits).map(({ label }) => label);
  for (const label of limits.keys()) assert.ok(labels.includes(label), label);
  assert.equal(
    Object.values(resourceLimits).map(({ number }) => number),
    [...Array.from({ length: 16 }).keys()],
  );
});

test("id maps, as they are read and as they are written", () => {
  const lines = parseIdMap("         0 1879638016      65536\n     70000     100000          1\n");
  assert.is(formatIdMap(lines), "0 1879638016 65536\n70000 100000 1\n");
  assert.equal(parseIdMap(""), []);
});

test("namespaces and clocks", () => {
  assert.is(parseNamespaceLink("pid_for_children:[4026531836]"), "4026531836");
  assert.is(parseNamespaceLink("net:4026531836"), null);
  assert.equal(parseTimeOffsets("monotonic       86400         0\nboottime          -50         0\n"), { monotonic: 86400, boottime: -50 });
  assert.equal(parseTimeOffsets(""), { monotonic: 0, boottime: 0 });
});

test("capabilities by name, number and mask", () => {
  assert.equal(capabilityNumbers(["NET_BIND_SERVICE", "CHOWN", "NO_SUCH"]), [0, 10]);
  assert.equal(parseCapabilityMask("0000000000000401"), ["CHOWN", "NET_BIND_SERVICE"]);
  assert.equal(parseCapabilityMask("0000020000000000"), ["CAP_41"], "one that is newer than the table");
  assert.equal(parseCapabilityMask("0"), []);
});

test.run();
