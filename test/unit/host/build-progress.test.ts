import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BuildProgress } from "../../../src/host/build-progress.ts";
import { buildProgress } from "../../../src/host/build-progress.ts";

function replay(tool: "mmdebstrap" | "debootstrap", name: string): readonly BuildProgress[] {
  const read = buildProgress(tool);
  const lines = readFileSync(`test/unit/host/captures/${name}.txt`, "utf8").split("\n");
  return lines.map(read).filter((progress) => progress !== null);
}

/** Stages in order, each with how far its count came. */
function stages(seen: readonly BuildProgress[]): readonly string[] {
  const told: string[] = [];
  for (const [index, { stage, fraction, detail }] of seen.entries()) {
    if (seen[index + 1]?.stage === stage && (seen[index + 1]?.fraction ?? 0) >= (fraction ?? 0)) continue;
    told.push(fraction === null ? stage : `${stage} ${/\((\d+ of \d+)/.exec(detail)?.[1]}`);
  }
  return told;
}

test("mmdebstrap: every package is counted, in each of apt's three runs", () => {
  const seen = replay("mmdebstrap", "mmdebstrap-1.3.5");
  assert.equal(stages(seen), [
    "updating lists",
    "resolving",
    "downloading 60 of 60",
    "extracting",
    "unpacking 60 of 60",
    "configuring 60 of 60",
    "downloading 1 of 1",
    "unpacking 1 of 1",
    "configuring 1 of 1",
    "resolving",
    "downloading 27 of 27",
    // dpkg takes those that others need beforehand.
    "unpacking 4 of 27",
    "configuring 3 of 27",
    "unpacking 27 of 27",
    "configuring 27 of 27",
    "cleaning up",
  ]);
  const fractions = seen.map(({ fraction }) => fraction ?? 0);
  assert.ok(fractions.every((fraction) => fraction >= 0 && fraction <= 1));
  const libc = seen.find(({ stage, detail }) => stage === "downloading" && detail.startsWith("libc6 "));
  assert.equal(libc, { stage: "downloading", fraction: 2_796_600 / 22_200_000, detail: "libc6 (2 of 60, 2.8 of 22.2 MB)" });
});

test("debootstrap: what was fetched is what is unpacked and configured", () => {
  const seen = replay("debootstrap", "debootstrap-1.0.128");
  assert.equal(stages(seen), [
    "updating lists",
    "resolving",
    "downloading",
    "extracting 88 of 88",
    "unpacking 88 of 88",
    // libc-bin twice.
    "configuring 89 of 89",
    "unpacking",
    "cleaning up",
  ]);
});

test("a line that says nothing changes nothing, and hostile ones cost nothing", () => {
  const read = buildProgress("mmdebstrap");
  assert.is(read("Reading package lists..."), null);
  assert.is(read(""), null);
  assert.is(read("Unpacking usr-is-merged (1) ..."), null);
  const started = performance.now();
  read(`Unpacking ${"a".repeat(1_000_000)}`);
  read(`Get:1 ${"a ".repeat(500_000)}`);
  assert.ok(performance.now() - started < 500);
});

test("unpacking a tar and making the image have nothing to count", () => {
  const read = buildProgress("tar");
  const seen = ["cloister: unpacking", "cloister: device nodes left out: 2", "cloister: making the image"].map(read);
  assert.equal(seen, [{ stage: "unpacking", fraction: null, detail: "" }, null, { stage: "making the image", fraction: null, detail: "" }]);
});

test.run();
