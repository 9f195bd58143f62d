import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Applied } from "../../../src/engine/generation.ts";
import { fieldDifferences, manifestOf, nextGeneration, sameEnvironment } from "../../../src/engine/generation.ts";
import type { Manifest } from "../../../src/model/environment.ts";
import { environmentOf } from "../../support/manifest.ts";

const web = environmentOf("hostname: one");
const edited = environmentOf("hostname: two\nmounts:\n  /data: { type: tmpfs, size: 1M }");

const manifest = (environments: Manifest["environments"]): Manifest => ({
  ...{ project: "blog", directory: "/work", environments, origins: new Map(), files: [], warnings: [] },
});

function applied(given: Partial<Applied>): Applied {
  const by = { uid: 0, commit: null };
  return {
    number: 1,
    manifest: manifest(new Map([["web", web]])),
    names: ["web"],
    gone: [],
    born: new Map(),
    date: "2026-01-02T03:04:05.000Z",
    by,
    ...given,
  };
}

test("a generation holds what was applied, and is a manifest again", () => {
  const first = nextGeneration(null, applied({}));
  assert.ok(first);
  assert.equal(manifestOf(first).environments.get("web"), web);
  assert.is(nextGeneration(first, applied({ number: 2 })), null, "the same again is no generation");
  assert.is(nextGeneration(null, applied({ names: [] })), null, "nor is nothing");
});

test("what was not part of an apply keeps what it had; what was ended goes", () => {
  const both = manifest(
    new Map([
      ["web", web],
      ["db", edited],
    ]),
  );
  const first = nextGeneration(null, applied({ manifest: both, names: ["web", "db"] }));
  const next = manifest(
    new Map([
      ["web", edited],
      ["db", web],
    ]),
  );
  const second = nextGeneration(first, applied({ number: 2, manifest: next, names: ["web"] }));
  assert.equal(second?.environments, { web: edited, db: edited });
  assert.equal(Object.keys(nextGeneration(second, applied({ number: 3, names: [], gone: ["web"] }))?.environments ?? {}), ["db"]);
});

test("differences are the smallest parts, by address; lists are values, order means nothing", () => {
  assert.equal(
    fieldDifferences(web, edited, "web").map(({ address }) => address),
    ["web.hostname", 'web.mounts["/data"]'],
  );
  assert.equal(fieldDifferences({ a: [1], b: { c: null } }, { b: { c: 1 }, a: [1, 2] }), [
    { address: "a", before: [1], after: [1, 2] },
    { address: "b.c", before: null, after: 1 },
  ]);
  const turned = { ...Object.fromEntries(Object.entries(web).reverse()), ...web };
  assert.ok(sameEnvironment(web, { ...turned }));
  assert.not(sameEnvironment(web, edited));
});

test.run();
