import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { takenRanges, upperOwner } from "../../../src/host/id-ranges.ts";
import { needs } from "../../support/needs.ts";

const asRoot = needs(test, "root");

/** The last range that is given away; nobody on a test machine has come so far. */
const base = 0x7ffd0000;

asRoot("what was left of an ephemeral overlay binds no environment to its ids, but nobody else is given them", () => {
  const uppers = mkdtempSync(join(tmpdir(), "uppers-"));
  const make = (name: string) => {
    mkdirSync(join(uppers, "project.web", name), { recursive: true });
    chownSync(join(uppers, "project.web", name), base, base);
  };
  try {
    make("ephemeral-abcdefgh");
    assert.is(upperOwner(join(uppers, "project.web")), null);
    assert.ok(takenRanges(uppers).has(base));
    make("0123456789abcdef");
    assert.is(upperOwner(join(uppers, "project.web")), base);
  } finally {
    rmSync(uppers, { recursive: true });
  }
});

test.run();
