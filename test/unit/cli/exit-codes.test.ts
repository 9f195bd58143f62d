import { test } from "uvu";
import * as assert from "uvu/assert";
import { diagnosticsOf, exitCodeOf, exitCodes } from "../../../src/cli/exit.ts";
import type { Diagnostic } from "../../../src/model/diagnostic.ts";
import { CloisterError, diagnosticCodes } from "../../../src/model/diagnostic.ts";
import { cloister, goodManifest, withFiles } from "../../support/command-line.ts";

const badManifest = goodManifest.replace("size:", "sise:");

/** What a run ends with that no environment and no privilege is needed for. */
const runs: readonly (readonly [code: number, ...args: string[]])[] = [
  [0],
  [0, "--version"],
  [0, "version", "--json"],
  [0, "help"],
  [0, "help", "exit-codes"],
  [0, "plan", "--help"],
  [0, "validate"],
  [0, "validate", "-f", "cloister.yaml", "-q"],
  [0, "config", "web"],
  [3, "validate", "bad.yaml"],
  [3, "validate", "--json", "bad.yaml"],
  [3, "validate", "missing.yaml"],
  [3, "validate", "-C", "/"],
  [3, "config", "-f", "bad.yaml"],
  [64, "plna"],
  [64, "help", "plna"],
  [64, "plan", "--jsn"],
  [64, "validate", "--format", "xml"],
  [64, "validate", "--file"],
  [64, "config", "wbe"],
  [64, "version", "too", "many"],
  [64, "validate", "--lock-timeout", "soon"],
  [64, "validate", "-C", "nowhere"],
  [64, "stop"],
  [125, "exec", "web"],
  [125, "shell"],
  [125, "exec", "--no-such-flag", "web", "true"],
  [125, "exec", "-e", "no-assignment", "web", "true"],
];

test("each kind of end has its code", () => {
  withFiles({ "cloister.yaml": goodManifest, "bad.yaml": badManifest }, (cwd) => {
    for (const [code, ...args] of runs) {
      const ended = cloister(args, { cwd });
      assert.is(ended.code, code, `cloister ${args.join(" ")}: ${ended.error}`);
      assert.is(ended.error === "" || ended.out === "", true, `cloister ${args.join(" ")} writes to one stream`);
    }
  });
});

test("every code of every diagnostic is in the table", () => {
  for (const { exit } of Object.values(diagnosticCodes)) assert.ok(exit in exitCodes);
  assert.equal(Object.keys(exitCodes).map(Number), [0, 1, 2, 3, 4, 5, 6, 7, 64, 70, 130]);
});

test("the first error decides, warnings do not", () => {
  const warning: Diagnostic = { code: "internal/bug", severity: "warning", message: "w" };
  const invalid: Diagnostic = { code: "manifest/not-found", severity: "error", message: "m" };
  const bug: Diagnostic = { ...warning, severity: "error" };
  assert.equal([[], [warning], [warning, invalid, bug], [bug, invalid]].map(exitCodeOf), [0, 0, 3, 70]);
});

test("what is thrown and is no error of ours is a bug, with its stack", () => {
  const [bug] = diagnosticsOf(new TypeError("x is not a function"));
  assert.is(bug?.code, "internal/bug");
  assert.match(bug?.cause ?? "", /exit-codes/);
  assert.is(diagnosticsOf("text")[0]?.code, "internal/bug");
  const known: Diagnostic = { code: "usage/unknown-verb", severity: "error", message: "m" };
  assert.equal(diagnosticsOf(new CloisterError(known)), [known]);
});

test.run();
